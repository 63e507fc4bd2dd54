import { errors, StorageError } from "../errors.ts";

type PostgresError = Error & { code?: string; detail?: string };

const isPostgresError = (error: unknown): error is PostgresError =>
  error instanceof Error && typeof (error as PostgresError).code === "string" && /^[0-9A-Z]{5}$/.test((error as PostgresError).code!);

/** What a caller is told of Postgres' error (upstream: src/storage/database/errors.ts). Others are passed on. */
export function fromDatabase(error: unknown): unknown {
  if (error instanceof Error && /timeout exceeded when trying to connect/.test(error.message)) return errors.databaseTimeout(error);
  if (!isPostgresError(error)) return error;
  switch (error.code) {
    case "42501":
      return errors.accessDenied(error.message.includes("row-level security") ? "new row violates row-level security policy" : error.message, error);
    case "23505":
      return errors.alreadyExists("ResourceAlreadyExists");
    case "23503":
      return isStillReferenced(error)
        ? new StorageError(409, "ResourceReferenced", "The resource could not be updated or removed due to a foreign key constraint", { cause: error })
        : new StorageError(404, "InvalidRequest", "The related resource does not exist", { cause: error });
    case "55P03":
      return new StorageError(423, "ResourceLocked", "The resource is locked", { cause: error });
    case "57014":
      return errors.databaseTimeout(error);
    case "25006":
      return new StorageError(503, "DatabaseReadOnly", "The database is currently in read-only mode. Please try again later.", { cause: error });
    case "22P02":
      return errors.invalidParameter("value", error.message);
    case "53300":
      return new StorageError(429, "SlowDown", "Too many connections issued to the database", { error: "too_many_connections", httpStatus: 429, cause: error });
    case "42P17":
      return new StorageError(503, "DatabaseInvalidObjectDefinition", "The database schema is invalid or incompatible.", { cause: error });
    case "42703":
    case "42P01":
      return new StorageError(503, "DatabaseSchemaMismatch", "The database schema is out of sync. Please run migrations or contact support.", { cause: error });
    default:
      return new StorageError(500, "DatabaseError", `database error, code: ${error.code}`, { cause: error });
  }
}

const isStillReferenced = (error: PostgresError): boolean => error.detail?.includes("is still referenced from table") ?? false;
