/**
 * Loaded into a member before its own modules (`node --import`), where there are no network namespaces: holds back what its
 * connections to other members send, or receive, as long as the file BLOCKADE_FILE says `to PORT`, or `from PORT`. All
 * connections between two members are of one of them, so this cuts them in both or in one direction. What was held back arrives when
 * the network heals, as TCP would have it.
 */
import fs from "node:fs";
import net from "node:net";

const file = process.env["BLOCKADE_FILE"] ?? "";
const pollMs = 20;
let blocked = new Set<string>();
let held: { link: string; go: () => void }[] = [];

setInterval(() => {
  blocked = new Set(fs.readFileSync(file, "utf8").split("\n"));
  const open = held.filter(({ link }) => !blocked.has(link));
  held = held.filter(({ link }) => blocked.has(link));
  for (const { go } of open) go();
}, pollMs).unref();

function whenOpen(link: string, go: () => void): void {
  if (blocked.has(link) || held.some((one) => one.link === link)) held.push({ link, go });
  else go();
}

interface Inner {
  connect(...args: unknown[]): net.Socket;
  push(chunk: unknown, encoding?: unknown): boolean;
  _write(chunk: unknown, encoding: unknown, done: () => void): void;
  _writev(chunks: unknown, done: () => void): void;
}
const sockets = net.Socket.prototype as unknown as Inner;
const { connect } = sockets;

sockets.connect = function guarded(this: net.Socket & Inner, ...args: unknown[]): net.Socket {
  const [first] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  const port = typeof first === "object" && first !== null ? (first as { port?: unknown }).port : first;
  const { push, _write, _writev } = this;
  this._write = (...rest) => whenOpen(`to ${port}`, () => _write.apply(this, rest));
  this._writev = (...rest) => whenOpen(`to ${port}`, () => _writev.apply(this, rest));
  this.push = (...rest) => {
    let isWanted = true;
    whenOpen(`from ${port}`, () => {
      isWanted = push.apply(this, rest);
    });
    return isWanted;
  };
  return connect.apply(this, args);
};
