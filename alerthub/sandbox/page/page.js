// The page: rooms at the side, the chosen room's messages, asked for as soon as there are new ones.

import { element } from "/markdown.js";
import { dayOf, row } from "/messages.js";

const SHOWN = 200;
const WAIT = 20; // seconds the sandbox holds a question until there is news
const PAUSE = 300; // milliseconds between two questions, so that a storm does not keep the page busy
const RETRY = 1500;
const TOPICS = {
  "#alerts-critical": "Somebody must act now",
  "#alerts-warning": "Look at it during the day",
  "#alerts-info": "Good to know; also what no rule matched",
};

const $ = (id) => document.getElementById(id);
const rooms = new Map();
const hooks = new Map();
const rows = new Map();
const days = new Map();
let life = "";
let last = 0;
let room = "";
let seen = {};

try { seen = JSON.parse(sessionStorage.getItem("seen") ?? "{}"); } catch { /* private mode: counts start afresh */ }

async function ask(path) {
  const answer = await fetch(path, { cache: "no-store" });
  if (!answer.ok) throw new Error(path);
  return answer.json();
}

function atEnd() {
  const box = $("scroll");
  return box.scrollHeight - box.scrollTop - box.clientHeight < 120;
}

function toEnd() {
  $("scroll").scrollTop = $("scroll").scrollHeight;
  $("latest").hidden = true;
}

function unread(name) {
  const known = rooms.get(name);
  return name === room && !document.hidden ? 0 : known.messages.filter((each) => each.seq > (seen[`${life}${name}`] ?? 0)).length;
}

function markSeen() {
  const messages = rooms.get(room)?.messages ?? [];
  if (document.hidden || !messages.length) return;
  seen[`${life}${room}`] = messages.at(-1).seq;
  try { sessionStorage.setItem("seen", JSON.stringify(seen)); } catch { /* private mode */ }
}

function drawRooms() {
  let total = 0;
  const items = [...rooms.keys()].map((name) => {
    const count = unread(name);
    total += count;
    const link = element("a", count ? "unread" : "", element("span", "hash", name[0]), element("span", "name", name.slice(1)));
    if (count) link.append(element("span", "count", count >= SHOWN ? `${SHOWN}+` : String(count)));
    if (name === room) link.setAttribute("aria-current", "page");
    link.href = `#${encodeURIComponent(name.slice(1))}`;
    return element("li", "", link);
  });
  $("rooms").replaceChildren(...items);
  document.title = `${total ? `(${total}) ` : ""}${room.slice(1) || "Sandbox"} - Sandbox`;
}

function context(message) {
  const all = rooms.get(room).messages;
  const id = message.message._id;
  const parent = message.message.tmid && all.find((each) => each.message._id === message.message.tmid);
  return { parent, replies: all.filter((each) => each.message.tmid === id).length };
}

// Rows that did not change stay the same nodes: a selection or an opened part survives the next message.
function rowOf(message, fresh) {
  const around = context(message);
  const key = `${message.change} ${around.replies} ${around.parent?.change ?? ""}`;
  const kept = rows.get(message.seq);
  if (kept?.key === key) return kept.item;
  const item = row(message, around);
  if (fresh.has(message.seq)) item.classList.add("fresh");
  rows.set(message.seq, { key, item });
  return item;
}

function dayLine(day) {
  if (!days.has(day)) days.set(day, element("li", "day", element("span", "", day)));
  return days.get(day);
}

function place(list, items) {
  const wanted = new Set(items);
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
  items.forEach((item, index) => {
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
  });
}

function drawMessages(fresh = new Set()) {
  const stay = atEnd();
  const messages = rooms.get(room)?.messages ?? [];
  const items = [];
  let day = "";
  for (const message of messages) {
    if (dayOf(message) !== day) items.push(dayLine((day = dayOf(message))));
    items.push(rowOf(message, fresh));
  }
  place($("messages"), items);
  $("empty").hidden = messages.length > 0;
  if (stay) toEnd();
  else if (fresh.size) $("latest").hidden = false;
}

function drawHead() {
  const known = rooms.get(room);
  const total = known?.total ?? 0;
  $("room").textContent = room;
  const count = `${total} ${total === 1 ? "message" : "messages"}`;
  const state = [known?.archived && "archived", known?.ro && "read-only", known?.encrypted && "encrypted"];
  $("topic").textContent = [count, ...state, TOPICS[room]].filter(Boolean).join(" · ");
  const hook = [...hooks.values()].find((each) => each.rooms.includes(room));
  document.querySelector(".post").hidden = !hook;
  if (hook) {
    const address = new URL(new URL(hook.url).pathname, location.origin).href;
    $("command").textContent = `curl -H 'Content-Type: application/json' -d '{"text":"*Hello* :bell:"}' '${address}'`;
  }
}

function choose() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  rows.clear();
  days.clear();
  room = [...rooms.keys()].find((name) => name.slice(1) === wanted) ?? [...rooms.keys()][0] ?? "";
  drawHead();
  drawMessages();
  toEnd();
  markSeen();
  drawRooms();
  document.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}

async function loadRooms() {
  const [listed, made] = await Promise.all([ask("/sandbox/rooms"), ask("/sandbox/hooks")]);
  for (const each of listed.rooms) rooms.set(each.name, { ...each, messages: rooms.get(each.name)?.messages ?? [] });
  for (const each of made.hooks) hooks.set(each.id, each);
}

function startOver(newLife) {
  life = newLife;
  last = 0;
  rooms.clear();
  hooks.clear();
}

function take(message) {
  const known = rooms.get(message.room);
  const index = known.messages.findIndex((each) => each.seq === message.seq);
  if (index >= 0) { known.messages[index] = message; return false; }
  known.messages.push(message);
  known.messages.splice(0, Math.max(0, known.messages.length - SHOWN));
  return true;
}

async function look() {
  let news = await ask(`/sandbox/messages?since=${last}&limit=${SHOWN}&life=${life}&wait=${life ? WAIT : 0}`);
  const isNew = news.life !== life;
  if (isNew) {
    startOver(news.life);
    news = await ask(`/sandbox/messages?since=0&limit=${SHOWN}`);
  } else if (news.last === last) return;
  await loadRooms();
  last = news.last;
  const fresh = new Set(news.messages.filter(take).map((each) => each.seq));
  if (isNew) choose();
  else {
    if (news.messages.some((each) => each.room === room)) drawMessages(fresh);
    markSeen();
    drawHead();
    drawRooms();
  }
}

async function keepLooking() {
  let pause = PAUSE;
  try {
    await look();
    $("link").textContent = "Live";
    document.body.classList.remove("lost");
  } catch {
    $("link").textContent = "The sandbox does not answer. Trying again…";
    document.body.classList.add("lost");
    pause = RETRY;
  }
  setTimeout(keepLooking, pause);
}

addEventListener("hashchange", choose);
$("scroll").addEventListener("scroll", () => { if (atEnd()) $("latest").hidden = true; });
document.addEventListener("visibilitychange", () => { if (room) { markSeen(); drawRooms(); } });
$("latest").addEventListener("click", toEnd);
$("raw").addEventListener("change", (event) => document.body.classList.toggle("raw", event.target.checked));
$("copy").addEventListener("click", async () => {
  try { await navigator.clipboard.writeText($("command").textContent); $("copy").textContent = "Copied"; }
  catch { getSelection().selectAllChildren($("command")); }
  setTimeout(() => { $("copy").textContent = "Copy"; }, 1500);
});
keepLooking();
