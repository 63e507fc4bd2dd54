// What the attack matrix is made of. A new way in is one entry in a list of doors: doors/*.ts.
import type { Tenant } from "./tenant.ts";

/** What a door said. */
export interface Answer {
  /** Let in; refused; or neither, which is a mistake of ours: a crash, a hang, an error that no one meant. */
  result: "granted" | "refused" | "broken";
  /** The same in a word, as the table shows it: a status, an SQLSTATE, "no connection". */
  outcome: string;
  /** All that was said. It is searched for what is another project's. */
  text: string;
}

/** One try. */
export interface Attempt {
  /** How it was tried, for the message when it goes wrong. */
  how: string;
  /** It may lead to the attacker's own project. @default it must be refused */
  mayBeOwn?: boolean;
  /** It may be let in, as everyone is, and see nothing. @default it must be refused */
  mayBeEmpty?: boolean;
  run(): Promise<Answer>;
}

/** Columns of the page. */
export const CREDENTIALS = {
  nothing: "nothing",
  keys: "API keys",
  userTokens: "a user's tokens",
  signedUrl: "signed URL",
  internalToken: "token behind `sb_` keys",
  logins: "database logins",
  studio: "Studio's password",
} as const;

export interface Credential {
  kind: keyof typeof CREDENTIALS;
  /** `anon key`, `refresh token` … */
  name: string;
  /** Empty for nothing. */
  value: string;
  /** The role whose password {@link value} is. */
  login?: string;
}

/** Who tries it, at whose door, with what. */
export interface Attack {
  attacker: Tenant;
  victim: Tenant;
  credential: Credential;
}

export interface Door {
  /** In the table. Without the victim's name. */
  title: string;
  /** The owner's own way in, which must be open and show the owner's marker; else the matrix would prove nothing. */
  control(owner: Tenant): Attempt;
  /** The control is let in, and there is no marker to show. @default false */
  showsNoMarker?: boolean;
  /** The owner is refused too: nobody is let in. Then {@link control} must be refused. @default false */
  isClosed?: boolean;
  /** Everything worth trying. None where the credential is of no use at the door. */
  attempts(attack: Attack): Attempt[];
}
