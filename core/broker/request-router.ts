// Request router: which handler serves which API of a broker's listener.
// An API or version that is not served closes the connection, as Kafka does; only ApiVersions may be asked in any
// version. Order within a connection is the request channel's business.

import type { RequestMessage } from "../environment.js";
import { apiByKey, APIS, isVersionSupported, type ApiName, type RequestBody } from "../protocol/apis.js";
import type { RequestContext } from "./request-context.js";

/** Serves one API: answers through the context, now or later. */
export type Handler<A extends ApiName> = (body: RequestBody<A>, context: RequestContext<A>) => void;

/** The APIs a listener serves. */
export type HandlerTable = { readonly [A in ApiName]?: Handler<A> };

export class RequestRouter {
  readonly #handlers: (Handler<never> | undefined)[] = [];
  /** Names of the served APIs, for the answer to ApiVersions. */
  readonly served: readonly ApiName[];

  constructor(table: HandlerTable) {
    this.served = Object.keys(table) as ApiName[];
    for (const name of this.served) this.#handlers[APIS[name].key] = table[name] as Handler<never>;
  }

  /** Hands a request to its handler. */
  readonly route = (request: RequestMessage, context: RequestContext<ApiName>): void => {
    const handler = this.#handlers[request.apiKey];
    const isServed = isVersionSupported(request.apiKey, request.apiVersion) || request.apiKey === APIS.ApiVersions.key;
    if (handler === undefined || !isServed || apiByKey(request.apiKey) === undefined) return context.close();
    handler(request.body as never, context as never);
  };
}
