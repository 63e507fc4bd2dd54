/** What this stand-in calls itself. */
export const NAME = "lab-realtime";

/** An answer that ends the handling of a request. */
export class HttpError extends Error {
  readonly status: number;
  readonly json: unknown;
  /** @param json undefined: an empty body */
  constructor(status: number, json?: unknown) {
    super(`status ${status}`);
    this.status = status;
    this.json = json;
  }
}

/** One of upstream's routes that this stand-in has not. */
export const lacks = (what: string): HttpError => new HttpError(501, { error: `${NAME}, a stand-in for Realtime, lacks ${what}` });

export const notFound = (): HttpError => new HttpError(404, { message: "not found" });
export const unauthorized = (): HttpError => new HttpError(401, { message: "Unauthorized" });
