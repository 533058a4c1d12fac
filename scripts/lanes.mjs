// Jobs that mostly wait, a few side by side. What a job says is shown when it is over, under its title, so that nothing is mixed.
import { spawn } from "node:child_process";

/**
 * Runs jobs `{ title, run(say) }`, whose `run` answers an exit code, at most `lanes` at a time, in their order. Answers 0 when all
 * of them did; says otherwise which did not.
 */
export async function runInLanes(jobs, lanes) {
  const failed = [];
  const waiting = [...jobs];
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      if ((await runJob(job)) !== 0) failed.push(job.title);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, jobs.length) }, work));
  if (failed.length > 0) console.error(`failed: ${failed.join("; ")}`);
  return failed.length === 0 ? 0 : 1;
}

async function runJob({ title, run }) {
  const begunMs = Date.now();
  let text = "";
  const say = (more) => {
    text += more;
  };
  const code = await run(say).catch((error) => {
    say(`${error.stack}\n`);
    return 1;
  });
  const seconds = ((Date.now() - begunMs) / 1000).toFixed(0);
  process.stdout.write(`== ${title}, ${seconds} s\n${text}`);
  return code;
}

/** Runs a program that says what it says through `say`; answers its exit code. */
export function runSaying(say, [program, ...args], options = {}) {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", say);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}
