// What the measured projects hold: a shop's rows, made by the project's owner, and files, by the API of Storage.
import { randomBytes } from "node:crypto";
import { ownerSql, supabase } from "../e2e/lib/clients.ts";
import type { ProjectOutputs } from "../e2e/lib/testStack.ts";

/** Words compress as people's do; ids, signatures and addresses hardly, and they are about half of what there is. */
const TABLES = `
  create function sentence(length int) returns text language sql volatile as $$
    select string_agg((array['order','parcel','late','thanks','please','address','colour','blue','green','small','large','gift','refund','again','friday','morning',
      'customer','invoice','street','door','phone','called','nobody','home','deliver','neighbour','card','paid','twice','size','wrong','broken','very','happy',
      'with','without','before','after','the','a'])[1 + floor(random() * 40)::int], ' ') from generate_series(1, length) $$;
  create table customers (id uuid primary key, email text not null unique, full_name text not null, profile jsonb not null,
    created_at timestamptz not null, updated_at timestamptz not null);
  create table orders (id bigint generated always as identity primary key, customer_id uuid not null references customers, status text not null,
    total numeric(10, 2) not null, lines jsonb not null, note text, placed_at timestamptz not null, updated_at timestamptz not null);
  create index on orders (customer_id);
  create index on orders (placed_at);
  create table events (id bigint generated always as identity primary key, order_id bigint not null references orders, kind text not null,
    payload jsonb not null, signature text not null, at timestamptz not null);
  create index on events (order_id);`;

const ORDERS_EACH = 4;
const EVENTS_EACH = 8;
const random = "md5(random()::text)";
const recently = "timestamptz '2026-01-01' + random() * interval '300 days'";
const oneOf = (...words: string[]) => `(array[${words.map((word) => `'${word}'`).join(", ")}])[1 + floor(random() * ${words.length})::int]`;

/** Some customers, the first with this number, and their part of the rest. The same rows each time. */
const batch = (first: number, customers: number): string => `
  select setseed(${first} / 100000000.0);
  insert into customers select md5('customer ' || n)::uuid, 'customer' || n || '@example.com', initcap(sentence(2)),
      jsonb_build_object('street', sentence(3), 'zip', floor(random() * 99999), 'newsletter', random() < 0.3, 'token', ${random}), ${recently}, ${recently}
    from generate_series(${first}, ${first + customers - 1}) as n;
  insert into orders (customer_id, status, total, lines, note, placed_at, updated_at)
    select md5('customer ' || 1 + floor(random() * ${first + customers - 1})::int)::uuid, ${oneOf("open", "paid", "sent", "returned")}, random() * 500,
      jsonb_build_array(jsonb_build_object('sku', ${random}, 'title', sentence(4), 'amount', n % 5), jsonb_build_object('sku', ${random}, 'title', sentence(4))),
      case when random() < 0.3 then sentence(12) end, ${recently}, ${recently}
    from generate_series(1, ${customers * ORDERS_EACH}) as n;
  insert into events (order_id, kind, payload, signature, at)
    select 1 + floor(random() * ${(first + customers - 1) * ORDERS_EACH})::bigint, ${oneOf("viewed", "changed", "mailed", "printed")},
      jsonb_build_object('request', ${random}::uuid, 'address', format('10.%s.%s.%s', n % 256, floor(random() * 256), floor(random() * 256)), 'text', sentence(6)),
      encode(sha512(random()::text::bytea), 'base64'), ${recently}
    from generate_series(1, ${customers * EVENTS_EACH}) as n;`;

export async function databaseBytes(project: ProjectOutputs): Promise<number> {
  const { rows } = await ownerSql(project, "select pg_database_size(current_database())::text as bytes");
  return Number((rows[0] as { bytes: string }).bytes);
}

/** Fills the database until it has that size on the disk, indexes and all. */
export async function fillDatabase(project: ProjectOutputs, bytes: number): Promise<void> {
  const customers = Math.ceil(bytes / 250_000);
  await ownerSql(project, TABLES);
  for (let first = 1; (await databaseBytes(project)) < bytes; first += customers) await ownerSql(project, batch(first, customers));
}

const FILE_BYTES = 250_000;

/** Pictures, that is to say bytes that no program makes smaller. */
export async function storeFiles(project: ProjectOutputs, bytes: number): Promise<void> {
  const { storage } = supabase(project.url, project.serviceRoleKey);
  const must = ({ error }: { error: Error | null }): void => {
    if (error !== null) throw error;
  };
  must(await storage.createBucket("pictures"));
  for (let index = 0; index * FILE_BYTES < bytes; index++)
    must(await storage.from("pictures").upload(`${index % 10}/${index}.jpg`, randomBytes(FILE_BYTES), { contentType: "image/jpeg" }));
}

/** A day's work: one row in a hundred, all over the tables, each day others. */
export async function changeRows(project: ProjectOutputs, day: number): Promise<void> {
  const chosen = `(hashtext(id::text) & 2147483647) % 100 = ${day}`;
  await ownerSql(
    project,
    `update customers set profile = jsonb_set(profile, '{token}', to_jsonb(${random})), updated_at = now() where ${chosen};
     update orders set status = 'sent', note = sentence(12), updated_at = now() where ${chosen};
     update events set kind = 'changed', signature = encode(sha512(random()::text::bytea), 'base64') where ${chosen};`,
  );
}
