import { expect, test } from "@jest/globals";
import { scramVerifier } from "../../../images/backup/restorer.ts";

// RFC 7677 §3's exchange: user "user", password "pencil"; the keys that follow from it.
test("the verifier is what Postgres itself would keep", () => {
  expect(scramVerifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"))).toBe(
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
  );
});
