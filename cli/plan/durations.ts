// Seconds that something answers with errors. About: the machine, its load and Docker's version decide.

/** Postgres' container is another one, until a project's API answers again. */
export const POSTGRES_RESTARTS = 0;
/** nginx' container is another one, until it answers again. */
export const EDGE_RESTARTS = 0;
/** Realtime ends before the next one starts, until a client has its channel again. */
export const REALTIME_RECONNECTS = 0;
