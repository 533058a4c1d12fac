/**
 * `npm run seeds`: every command of the three documents of etcd's v2 family, with real curl and real flags. `--only 001`
 * takes one document, `--chapter WORD` the chapters whose title has it, `--exec "PROGRAM FLAGS"` another server.
 */
import { parseOptions, textOption } from "../harness/index.ts";
import { runChapter } from "./run-chapter.ts";
import { seed000 } from "./seed-000.ts";
import { seed001 } from "./seed-001.ts";
import { seed002 } from "./seed-002.ts";
import type { Run, Seed, Step } from "./step.ts";

/** The documents, oldest API last. */
const seeds: readonly Seed[] = [seed000, seed001, seed002];

/** Runs the documents; the exit code tells whether all of them are right. */
export async function main(args: readonly string[], defaultBinary: string): Promise<number> {
  const options = parseOptions(args, ["only", "chapter", "exec", "verbose"]);
  const program = textOption(options, "exec", defaultBinary).split(" ");
  let failures = 0;
  for (const { name, chapters } of seeds.filter((seed) => seed.name.includes(textOption(options, "only", "")))) {
    const chosen = chapters.filter(({ title }) => title.includes(textOption(options, "chapter", "")));
    let complaints = 0;
    for (const chapter of chosen) {
      if (options["verbose"]) console.log(`seeds: ${name}, ${chapter.title}`);
      for (const complaint of await runChapter(chapter, program)) {
        complaints++;
        console.error(`FAIL ${name}, ${complaint}`);
      }
    }
    failures += complaints;
    const commands = chosen.flatMap(({ steps }) => steps).filter(isCommand).length;
    console.log(
      `seeds: ${name}, ${commands} commands, ${complaints === 0 ? "all as written" : `${complaints} differ`}`,
    );
  }
  return failures === 0 ? 0 : 1;
}

function isCommand(step: Step): step is Run {
  return "run" in step || "watch" in step || "start" in step;
}
