// Rocket.Chat's markdown as DOM nodes. Text becomes text nodes only, so nothing a message says can become markup.

const LONGEST = 20000;
const DEEPEST = 6;

const EMOJI = {
  rotating_light: "🚨", warning: "⚠️", information_source: "ℹ️", white_check_mark: "✅", fire: "🔥", bell: "🔔",
  no_bell: "🔕", x: "❌", heavy_check_mark: "✔️", red_circle: "🔴", orange_circle: "🟠", yellow_circle: "🟡",
  green_circle: "🟢", large_blue_circle: "🔵", blue_circle: "🔵", large_green_circle: "🟢", sos: "🆘", boom: "💥",
  exclamation: "❗", question: "❓", bangbang: "‼️", eyes: "👀", zzz: "💤", hourglass: "⌛", mag: "🔍", wrench: "🔧",
  hammer: "🔨", gear: "⚙️", robot: "🤖", robot_face: "🤖", heart: "❤️", tada: "🎉", rocket: "🚀", thumbsup: "👍",
  "+1": "👍", thumbsdown: "👎", "-1": "👎", mute: "🔇", loudspeaker: "📢", mega: "📣", chart_with_upwards_trend: "📈",
  chart_with_downwards_trend: "📉", clock1: "🕐", calendar: "📅", link: "🔗", memo: "📝", package: "📦", lock: "🔒",
  key: "🔑", bulb: "💡", skull: "💀", test_tube: "🧪", arrow_right: "➡️", repeat: "🔁", inbox_tray: "📥", pager: "📟",
};

// Undefined for a name that is not ours; `constructor` and its like are not.
export function emoji(shortcode) {
  const name = String(shortcode ?? "").replaceAll(":", "");
  return Object.hasOwn(EMOJI, name) ? EMOJI[name] : undefined;
}

export function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

function webAddress(text) {
  try {
    const url = new URL(text);
    return ["http:", "https:"].includes(url.protocol) ? url : null;
  } catch { return null; }
}

export function safeLink(address, ...children) {
  const url = webAddress(address);
  if (!url) return element("span", "", ...children);
  const node = element("a", "", ...children);
  node.href = url.href;
  node.title = address;
  node.target = "_blank";
  node.rel = "noopener noreferrer nofollow";
  return node;
}

const WORD = /[\p{L}\p{N}_]/u;
const MARKS = [["**", "strong"], ["*", "strong"], ["__", "em"], ["_", "em"], ["~~", "s"], ["~", "s"]];
// A label whose address is none of the web's is no link: it is shown as it was written.
function named(found) {
  return webAddress(found[2]) && safeLink(found[2], found[1]);
}

const TOKENS = [
  [/`([^`\n]+)`/y, (found) => element("code", "", found[1])],
  // As in Rocket.Chat a label is all up to the next "](", brackets, code and lines included.
  [/!?\[((?:(?!\]\()[^]){1,5000})\]\(([^)\s]{1,2000})\)/y, named],
  [/<(https?:\/\/[^|>\s]{1,2000})\|([^>\n]{1,500})>/y, (found) => safeLink(found[1], found[2])],
  [/https?:\/\/[^\s<>"'`]{1,2000}[^\s<>"'`.,;:!?)\]*_~]/y, (found) => safeLink(found[0], found[0])],
  [/:([a-z0-9_+-]{1,40}):/y, (found) => (emoji(found[1]) ? element("span", "emoji", emoji(found[1])) : null)],
  [/\\([*_~`#.])/y, (found) => document.createTextNode(found[1])],
];

const CODE = /`[^`\n]+`/g;
const withoutCode = (text) => text.replace(CODE, (found) => "`".repeat(found.length));

function marked(text, place, depth) {
  const outside = withoutCode(text);
  for (const [mark, name] of MARKS) {
    if (!text.startsWith(mark, place)) continue;
    const start = place + mark.length;
    const lineEnd = text.indexOf("\n", start);
    const end = outside.indexOf(mark, start);
    if (end <= start || (lineEnd >= 0 && end > lineEnd)) continue;
    const wraps = !/\s/.test(text[start]) && !/\s/.test(text[end - 1]);
    const apart = !WORD.test(text[place - 1] ?? " ") && !WORD.test(text[end + mark.length] ?? " ");
    if (wraps && apart) return [end + mark.length, element(name, "", ...inline(text.slice(start, end), depth + 1))];
  }
  return null;
}

function mention(text, place) {
  if (text[place] !== "@" || WORD.test(text[place - 1] ?? " ")) return null;
  const pattern = /@[\p{L}\p{N}._-]+/uy;
  pattern.lastIndex = place;
  const found = pattern.exec(text);
  return found && [place + found[0].length, element("span", "mention", found[0])];
}

function token(text, place, depth) {
  for (const [pattern, build] of TOKENS) {
    pattern.lastIndex = place;
    const found = pattern.exec(text);
    const node = found && build(found, depth);
    if (node) return [place + found[0].length, node];
  }
  return marked(text, place, depth) ?? mention(text, place);
}

export function inline(text, depth = 0) {
  if (depth > DEEPEST) return [text];
  const nodes = [];
  let plain = "";
  for (let place = 0; place < text.length;) {
    const found = /[`[!<h:\\*_~@]/.test(text[place]) ? token(text, place, depth) : null;
    if (!found) { plain += text[place++]; continue; }
    if (plain) nodes.push(plain);
    plain = "";
    nodes.push(found[1]);
    place = found[0];
  }
  if (plain) nodes.push(plain);
  return nodes;
}

const BLOCKS = [
  [/^(#{1,4}) (.+)$/, (found) => element(`h${found[1].length + 2}`, "", ...inline(found[2]))],
  [/^> ?(.*)$/, (found) => element("blockquote", "", ...inline(found[1]))],
  [/^- \[([ x])\] (.+)$/, (found) => element("div", "bullet", found[1] === "x" ? "☑ " : "☐ ", ...inline(found[2]))],
  [/^[-*] (.+)$/, (found) => element("div", "bullet", "• ", ...inline(found[1]))],
  [/^(\d{1,9})\. (.+)$/, (found) => element("div", "bullet", `${found[1]}. `, ...inline(found[2]))],
];

function line(text) {
  for (const [pattern, build] of BLOCKS) {
    const found = pattern.exec(text);
    if (found) return build(found);
  }
  return element("div", "line", ...(text ? inline(text) : ["\u00a0"]));
}

// A bracket that is not closed on its line takes what follows, up to the next link, as that link's label.
function* linesOf(text) {
  const lines = text.split(/\r?\n/);
  while (lines.length) {
    let line = lines.shift();
    const bare = withoutCode(line);
    const open = bare.lastIndexOf("[");
    const end = lines.findIndex((each) => each.includes("]("));
    if (open >= 0 && end >= 0 && !bare.includes("](", open)) line = [line, ...lines.splice(0, end + 1)].join("\n");
    yield line;
  }
}

export function render(given) {
  const text = String(given ?? "");
  const box = element("div", "markdown");
  let code = null;
  for (const each of linesOf(text.slice(0, LONGEST))) {
    if (/^```/.test(each)) {
      if (code === null) code = [];
      else { box.append(element("pre", "", code.join("\n"))); code = null; }
    } else if (code !== null) code.push(each);
    else box.append(line(each));
  }
  if (code !== null) box.append(element("pre", "", code.join("\n")));
  if (text.length > LONGEST) box.append(element("p", "note", `… ${text.length - LONGEST} more characters`));
  return box;
}
