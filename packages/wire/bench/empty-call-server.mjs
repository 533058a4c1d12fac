// The server half of empty-call.mjs: answers empty calls and reports its CPU time when asked.
import { GrpcServer } from "@etcd-ts/wire";
import { listen, NodeClock } from "@etcd-ts/wire/node";

const server = new GrpcServer({ clock: new NodeClock() });
const nothing = new Uint8Array(0);
server.unary("/bench.Empty/Call", (call) => call.reply(nothing));
const listener = await listen({
  host: "127.0.0.1",
  onHttp2: (stream) => server.accept(stream),
  onHttp1: (socket) => socket.destroy(),
});
process.on("message", (question) => {
  if (question === "stop") process.exit(0);
  const { user, system } = process.cpuUsage();
  process.send({ cpuUs: user + system, userUs: user });
});
process.on("disconnect", () => process.exit(1));
process.send({ port: listener.port });
