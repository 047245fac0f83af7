// Loaded before an npm emulator: a server that names no address listens on loopback only.
const { Server } = require("node:net");

const listen = Server.prototype.listen;
Server.prototype.listen = function (port, host, ...rest) {
  return typeof port === "number" && typeof host !== "string"
    ? listen.call(this, port, "127.0.0.1", ...[host, ...rest].filter((value) => value !== undefined))
    : listen.call(this, port, host, ...rest);
};
