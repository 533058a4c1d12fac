export { Alarms } from "./alarms.ts";
