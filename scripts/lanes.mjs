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

/** Shares things out, each with the seconds it takes, so that all parts take about as long; leaves no part empty. */
export function shareOut(weighed, parts) {
  const shares = Array.from({ length: Math.min(parts, weighed.length) }, () => ({ seconds: 0, things: [] }));
  for (const { thing, seconds } of weighed.toSorted((a, b) => b.seconds - a.seconds)) {
    const lightest = shares.reduce((least, share) => (share.seconds < least.seconds ? share : least));
    lightest.things.push(thing);
    lightest.seconds += seconds;
  }
  return shares;
}

/** What a recording has to wait, in seconds: every pause that is written in it, however deep. */
export function secondsOfPauses(recording) {
  if (typeof recording !== "object" || recording === null) return 0;
  return Object.entries(recording).reduce((sum, [name, value]) => {
    const isPause = typeof value === "number" && (name === "ms" || name === "sleep");
    return sum + (isPause ? value / 1000 : secondsOfPauses(value));
  }, 0);
}
