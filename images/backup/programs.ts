// Programs of others that a job runs.

/**
 * The program, so that it ends with the job however that ends: one that went on would work on what the next job makes anew, and hold the
 * repository's lock (prctl(2), PR_SET_PDEATHSIG; no user is changed after it, which would undo it).
 */
export const endsWithUs = (program: string, args: readonly string[]): [string, string[]] => ["setpriv", ["--pdeathsig", "KILL", program, ...args]];
