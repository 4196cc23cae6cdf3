// One stored message as the row Rocket.Chat would show.

import { element, emoji, inline, render, safeLink } from "/markdown.js";

const TIME = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const EXACT = new Intl.DateTimeFormat([], { dateStyle: "full", timeStyle: "long" });
const DAY = new Intl.DateTimeFormat([], { dateStyle: "long" });
const FACES = 6;

export const dayOf = (message) => DAY.format(new Date(message.message.ts));

function avatar(document_) {
  const face = emoji(document_.emoji);
  if (face && !document_.avatar) return element("span", "avatar emoji", face);
  const name = String(document_.alias || document_.u.name || "?");
  const colour = [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % FACES;
  return element("span", `avatar face${colour}`, [...name][0].toUpperCase());
}

function time(document_) {
  const moment = new Date(document_.ts);
  const node = element("time", "", TIME.format(moment));
  node.dateTime = document_.ts;
  node.title = EXACT.format(moment);
  return node;
}

function byline(document_) {
  const line = element("div", "byline", element("b", "", String(document_.alias || document_.u.name)));
  if (document_.alias) line.append(element("span", "username", `@${document_.u.username}`));
  if (document_.bot) line.append(element("span", "tag", "Bot"));
  line.append(time(document_));
  if (document_.editedAt) line.append(element("span", "edited", "(edited)"));
  return line;
}

function fields(list) {
  const grid = element("dl", "fields");
  for (const each of list) {
    if (!each || typeof each !== "object") continue;
    const value = element("dd", "", render(each.value));
    grid.append(element("div", each.short ? "field short" : "field", element("dt", "", render(each.title)), value));
  }
  return grid;
}

function title(given) {
  const text = String(given.title);
  return element("div", "title", given.title_link ? safeLink(String(given.title_link), text) : text);
}

function actions(list) {
  const row = element("div", "actions");
  for (const each of list) {
    if (each?.url) row.append(safeLink(String(each.url), String(each.text ?? "Open")));
  }
  return row;
}

function attachment(given) {
  const box = element("div", "attachment");
  if (given.color) box.style.borderInlineStartColor = String(given.color);
  if (given.author_name) box.append(element("div", "author", String(given.author_name)));
  if (given.title) box.append(title(given));
  const body = element("div", "body");
  if (given.text) body.append(render(given.text));
  if (Array.isArray(given.fields) && given.fields.length) body.append(fields(given.fields));
  for (const name of ["image_url", "thumb_url"]) {
    if (given[name]) body.append(element("p", "note", "Picture: ", safeLink(String(given[name]), String(given[name]))));
  }
  if (Array.isArray(given.actions)) body.append(actions(given.actions));
  if (body.childNodes.length) box.append(given.title && given.collapsed ? folded(body) : body);
  return given.pretext ? element("div", "", render(given.pretext), box) : box;
}

function folded(body) {
  return element("details", "", element("summary", "", "Collapsed"), body);
}

function reactions(given) {
  const row = element("div", "reactions");
  for (const [name, who] of Object.entries(given)) {
    row.append(element("span", "reaction", `${emoji(name) ?? name} ${who.usernames.length}`));
  }
  return row;
}

function thread(parent, alsoInRoom) {
  const excerpt = parent ? parent.message.msg.replace(/\s+/g, " ").slice(0, 90) : "a message that is gone";
  const place = alsoInRoom ? "↳ Reply in thread, shown in the room too: " : "↳ Reply in thread: ";
  return element("div", "thread", place, element("span", "", ...inline(excerpt)));
}

function sent(payload) {
  let shown = payload;
  try { shown = JSON.stringify(JSON.parse(payload), null, 2); } catch { /* shown as it came */ }
  return element("pre", "sent", shown.slice(0, 20000));
}

export function row(message, { parent, replies }) {
  const stored = message.message;
  const content = element("div", "content", byline(stored));
  if (stored.tmid) content.prepend(thread(parent, stored.tshow));
  const attachments = stored.attachments ?? [];
  if (stored.msg) content.append(render(stored.msg));
  else if (!attachments.length) content.append(element("p", "blank", "Empty message: Rocket.Chat found nothing to show in what was sent."));
  content.append(...attachments.map(attachment));
  if (stored.reactions && Object.keys(stored.reactions).length) content.append(reactions(stored.reactions));
  if (replies) content.append(element("div", "replies", `${replies} ${replies === 1 ? "reply" : "replies"} in thread`));
  content.append(sent(message.payload));
  const item = element("li", stored.tmid ? "message reply" : "message", avatar(stored), content);
  item.dataset.id = stored._id;
  return item;
}
