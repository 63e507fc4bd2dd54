-- A stand-in for supabase/vault 0.3.1, written anew: its objects, their columns, arguments and rights; the encryption is another (CONTRACT.md).
\echo Use "CREATE EXTENSION supabase_vault" to load this file. \quit

-- A key for one purpose, of the server's root key. Read at each call; nobody but a superuser and the functions below may ask.
create function vault._lab_key(purpose text, key_id bigint, context bytea) returns bytea
language sql stable security definer set search_path = '' as $$
  select @extschema:pgcrypto@.hmac(
    context || convert_to(' ' || key_id || ' ' || purpose, 'utf8'),
    decode(trim(pg_read_file('/etc/postgresql-custom/pgsodium_root.key')), 'hex'),
    'sha256'
  )
$$;

-- What belongs to a message and is not in it, so that no two of them can be the same bytes.
create function vault._lab_bound(additional bytea, nonce bytea) returns bytea
language sql immutable set search_path = '' as $$
  select int4send(coalesce(length(additional), -1)) || coalesce(additional, '') || int4send(coalesce(length(nonce), -1)) || coalesce(nonce, '')
$$;

-- Deterministic as upstream's: the IV is a MAC of all that goes in, so the same nonce twice shows no more than that two secrets are the same.
create function vault._crypto_aead_det_encrypt(message bytea, additional bytea, key_id bigint, context bytea default 'pgsodium', nonce bytea default null)
returns bytea language plpgsql stable security definer set search_path = '' as $$
declare
  bound bytea := vault._lab_bound(additional, nonce);
  iv bytea := substr(@extschema:pgcrypto@.hmac(bound || message, vault._lab_key('iv', key_id, context), 'sha256'), 1, 16);
  sealed bytea := @extschema:pgcrypto@.encrypt_iv(message, vault._lab_key('encrypt', key_id, context), iv, 'aes-cbc');
begin
  if message is null or key_id is null or context is null then
    raise 'pgsodium_crypto_aead_det_encrypt_by_id: message, key id and key context cannot be NULL' using errcode = 'data_exception';
  end if;
  return iv || @extschema:pgcrypto@.hmac(bound || iv || sealed, vault._lab_key('authenticate', key_id, context), 'sha256') || sealed;
end
$$;

create function vault._crypto_aead_det_decrypt(message bytea, additional bytea, key_id bigint, context bytea default 'pgsodium', nonce bytea default null)
returns bytea language plpgsql stable security definer set search_path = '' as $$
declare
  iv bytea := substr(message, 1, 16);
  seal bytea := substr(message, 17, 32);
  sealed bytea := substr(message, 49);
begin
  if message is null or key_id is null or context is null then
    raise 'pgsodium_crypto_aead_det_decrypt_by_id: message, key id and key context cannot be NULL' using errcode = 'data_exception';
  end if;
  if length(message) < 48 then
    raise 'pgsodium_crypto_aead_det_decrypt_by_id: invalid message' using errcode = 'data_exception';
  end if;
  if seal <> @extschema:pgcrypto@.hmac(vault._lab_bound(additional, nonce) || iv || sealed, vault._lab_key('authenticate', key_id, context), 'sha256') then
    raise 'pgsodium_crypto_aead_det_decrypt_by_id: invalid ciphertext' using errcode = 'data_exception';
  end if;
  return @extschema:pgcrypto@.decrypt_iv(sealed, vault._lab_key('encrypt', key_id, context), iv, 'aes-cbc');
end
$$;

create function vault._crypto_aead_det_noncegen() returns bytea
language sql set search_path = '' as $$ select @extschema:pgcrypto@.gen_random_bytes(16) $$;

create table vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea default vault._crypto_aead_det_noncegen(),
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
comment on table vault.secrets is 'Table with encrypted `secret` column for storing sensitive information on disk.';
create unique index on vault.secrets (name) where name is not null;
-- A dump has the rows, encrypted with the key of the server that they were on.
select pg_catalog.pg_extension_config_dump('vault.secrets', '');

-- The key that a secret is encrypted with is the same for all; its id is what tells one from another.
create function vault._lab_seal(secret text, id uuid, nonce bytea) returns text
language sql stable set search_path = '' as $$
  select encode(vault._crypto_aead_det_encrypt(convert_to(secret, 'utf8'), convert_to(id::text, 'utf8'), 0, 'pgsodium', nonce), 'base64')
$$;

create view vault.decrypted_secrets as
  select id, name, description, secret,
    convert_from(
      vault._crypto_aead_det_decrypt(decode(secret, 'base64'), convert_to(id::text, 'utf8'), 0, 'pgsodium', nonce), 'utf8'
    ) as decrypted_secret,
    key_id, nonce, created_at, updated_at
  from vault.secrets;

create function vault.create_secret(new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null)
returns uuid language plpgsql security definer set search_path = '' as $$
declare
  made vault.secrets;
begin
  insert into vault.secrets (secret, name, description) values (new_secret, new_name, new_description) returning * into made;
  update vault.secrets as s set secret = vault._lab_seal(new_secret, made.id, made.nonce) where s.id = made.id;
  return made.id;
end
$$;

-- Reads what was there first, as upstream's does: of one that can not be decrypted none of the fields can be changed.
create function vault.update_secret(
  secret_id uuid, new_secret text default null, new_name text default null, new_description text default null, new_key_id uuid default null
) returns void language plpgsql security definer set search_path = '' as $$
declare
  former text := (select decrypted_secret from vault.decrypted_secrets where id = secret_id);
begin
  update vault.secrets as s
    set secret = case when new_secret is null then s.secret else vault._lab_seal(new_secret, s.id, s.nonce) end,
      name = coalesce(new_name, s.name),
      description = coalesce(new_description, s.description),
      updated_at = now()
    where s.id = secret_id;
end
$$;

revoke all on function
  vault._lab_key, vault._lab_bound, vault._lab_seal, vault._crypto_aead_det_encrypt, vault._crypto_aead_det_decrypt, vault._crypto_aead_det_noncegen,
  vault.create_secret, vault.update_secret
from public;
