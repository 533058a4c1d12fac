export { registerV3 } from "./register-v3.ts";
