/**
 * Tests all run: none is switched off, none hides the others. A part that is missing on a machine (the real etcd,
 * say) is the concern of a run-time `skip` with its reason, which continuous integration refuses.
 */
import ts from "typescript";
import { type Finding, findingAt, isTest, type Rule, walkTree } from "./source.ts";

const runners = new Set(["test", "it", "describe", "suite"]);
const switches = new Set(["only", "skip", "todo"]);

/** Refuses `test.only`, `test.skip`, `test.todo` and their kin. */
export const switchedOffRule: Rule = (source) => {
  if (!isTest(source.path)) return [];
  const findings: Finding[] = [];
  walkTree(source.tree, (node) => {
    if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return;
    if (!runners.has(node.expression.text) || !switches.has(node.name.text)) return;
    const message = `${node.getText(source.tree)} switches tests off`;
    findings.push(findingAt(source, node.getStart(source.tree), { rule: "switched off", message }));
  });
  return findings;
};
