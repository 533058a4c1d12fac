import { testSamples } from "./rule-samples.ts";
import { switchedOffRule } from "./test-rules.ts";

const path = "packages/raft/src/log.test.ts";

testSamples("switchedOffRule() refuses", switchedOffRule, [
  { name: "a test that hides others", path, text: 'test.only("a", f);', expected: ["1 test.only"] },
  {
    name: "a test that is off",
    path,
    text: 'it.skip("a", f);\ndescribe.todo("b");',
    expected: ["1 it.skip", "2 describe.todo"],
  },
]);

testSamples("switchedOffRule() accepts", switchedOffRule, [
  { name: "a plain test", path, text: 'test("a", { skip: missing && "no etcd here" }, f);', expected: [] },
]);
