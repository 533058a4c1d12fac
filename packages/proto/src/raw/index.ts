// Messages around bytes that are encoded already.
export {
  type InternalRequestField,
  type InternalRequestParts,
  type InternalRequestView,
  peekInternalRequest,
  wrapInternalRequest,
} from "./internal-request.ts";
export { withoutValue } from "./key-value-parts.ts";
