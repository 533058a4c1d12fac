// Measures the server's CPU time per empty unary call:
//   node packages/wire/bench/empty-call.mjs [seconds] [--prof] [--timeouts]
// With --timeouts every call has a deadline of its own, so no two header blocks are alike (the expensive case).
// The generator is our own client in this process; the server runs in another one and is asked for its cpuUsage.
import { fork } from "node:child_process";
import { GrpcClient } from "@etcd-ts/wire";
import { connect, NodeClock } from "@etcd-ts/wire/node";

const seconds = Number(process.argv[2] ?? 2);
const execArgv = process.argv.includes("--prof") ? ["--cpu-prof", "--cpu-prof-dir=/tmp/wire-prof"] : [];
const child = fork(new URL("./empty-call-server.mjs", import.meta.url), [], { execArgv });
const answer = () => new Promise((resolve) => child.once("message", resolve));
const ask = (question) => {
  const answered = answer();
  child.send(question);
  return answered;
};
const { port } = await answer();
const clock = new NodeClock();
const hasTimeouts = process.argv.includes("--timeouts");
const options = () => (hasTimeouts ? { timeoutMs: 5000 + Math.random() * 1000 } : {});
const nothing = new Uint8Array(0);

async function measure(connectionCount, concurrency) {
  const clients = [];
  for (let index = 0; index < connectionCount; index++) {
    clients.push(new GrpcClient(await connect({ port }), { clock, authority: `127.0.0.1:${port}` }));
  }
  let count = 0;
  let isRunning = true;
  let underWay = 0;
  let finished;
  const whenFinished = new Promise((resolve) => {
    finished = resolve;
  });
  const call = (client) => {
    underWay++;
    const done = (result) => {
      if (!result.ok) throw new Error(result.message);
      count++;
      underWay--;
      if (isRunning) call(client);
      else if (underWay === 0) finished();
    };
    client.unary("/bench.Empty/Call", nothing, options(), done);
  };
  for (let index = 0; index < concurrency; index++) call(clients[index % connectionCount]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = await ask("cpu");
  const [startMs, startCount] = [performance.now(), count];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = await ask("cpu");
  const calls = count - startCount;
  const elapsed = (performance.now() - startMs) / 1000;
  isRunning = false;
  await whenFinished;
  for (const client of clients) client.close();
  const perCall = (after.cpuUs - before.cpuUs) / calls;
  const user = (after.userUs - before.userUs) / calls;
  console.log(
    `${String(connectionCount).padStart(2)} connections ${String(concurrency).padStart(5)} calls at once: ` +
      `${perCall.toFixed(2)} µs CPU per call (${user.toFixed(2)} user), ${Math.round(calls / elapsed)} calls/s`,
  );
}

for (const connections of [1, 4]) for (const concurrency of [1, 64, 256, 1000]) await measure(connections, concurrency);
await measure(16, 1000);
child.send("stop");
