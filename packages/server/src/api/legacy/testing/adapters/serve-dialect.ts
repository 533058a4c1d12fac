/**
 * Serves one generation's API on loopback over an in-process member, for the recordings to be replayed against:
 *
 *     node packages/server/dist/api/legacy/testing/adapters/serve-dialect.js --dialect 2.3 --port P --peer Q --name golden0 [--cors ORIGINS]
 */
import { createServer } from "node:net";
import { parseArgs } from "node:util";
import { Http1Server, NodeClock } from "../../../../adapters/index.ts";
import { type HttpHandler, silentLogger } from "../../../../ports/index.ts";
import { dialectHandlers } from "../dialect-handlers.ts";
import { type Dialect, InProcessMember } from "../in-process-member.ts";

const syncIntervalMs = 200;

const { values } = parseArgs({
  // Flags of old releases had one dash.
  args: process.argv.slice(2).map((word) => word.replace(/^-(?=[a-z])/, "--")),
  options: {
    dialect: { type: "string" },
    port: { type: "string" },
    peer: { type: "string" },
    name: { type: "string", default: "golden0" },
    cors: { type: "string", default: "" },
  },
});

const clock = new NodeClock();
const member = new InProcessMember({
  dialect: values.dialect as Dialect,
  name: values.name,
  peerUrl: `http://127.0.0.1:${values.peer}`,
  clientUrl: `http://127.0.0.1:${values.port}`,
  clock,
});
const cors = values.cors === "" ? [] : values.cors.split(",");
const handlers = dialectHandlers({ member, clock, dialect: values.dialect as Dialect, cors });

function listen(handler: HttpHandler, port: number): void {
  const http = new Http1Server({ handler, clock, log: silentLogger });
  createServer((socket) => http.accept(socket)).listen(port, "127.0.0.1");
}

function tick(): void {
  member.sync();
  clock.setTimer(syncIntervalMs, tick);
}

listen(handlers.client, Number(values.port));
listen(handlers.peer, Number(values.peer));
tick();
