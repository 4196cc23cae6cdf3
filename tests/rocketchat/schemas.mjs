// The JSON schemas with which Rocket.Chat's server judges the bodies and queries of its REST calls.

import "./modules.mjs";

const FOLDER = new URL("../node_modules/@rocket.chat/rest-typings/dist/v1/", import.meta.url);
const from = (file) => import(new URL(file, FOLDER));
const chat = await from("chat.js");
const rooms = await from("rooms.js");
const direct = await from("dm/DmCreateProps.js");

const VALIDATORS = {
  "chat.postMessage": chat.isChatPostMessageProps,
  "chat.sendMessage": chat.isChatSendMessageProps,
  "chat.update": chat.isChatUpdateProps,
  "chat.getMessage": chat.isChatGetMessageProps,
  "chat.react": chat.isChatReactProps,
  "rooms.info": rooms.isRoomsInfoProps,
  "im.create": direct.isDmCreateProps,
};

// For each body: the words of its refusal, "" for none. A copy is judged, since a validator may change what it is given.
export function judge([name, ...bodies]) {
  const validate = VALIDATORS[name];
  return bodies.map((body) =>
    validate(structuredClone(body)) ? "" : validate.errors.map((error) => error.message).join("\n"),
  );
}
