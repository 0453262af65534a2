-- The paper exchange keeps its own schema: apps/paper writes it by hand-written SQL, nothing else reads it.
-- Times are Unix milliseconds of the exchange's clock, which tests may shift; amounts are exact.

CREATE SCHEMA "paper";

-- One row: the secret from which every API secret follows, so that no API secret is stored.
CREATE TABLE "paper"."venue" (
  "only" boolean NOT NULL DEFAULT true,
  "key_seed" bytea NOT NULL,
  CONSTRAINT "venue_pkey" PRIMARY KEY ("only"),
  CONSTRAINT "venue_one_row" CHECK ("only"),
  CONSTRAINT "venue_key_seed_length" CHECK (octet_length("key_seed") = 32)
);

CREATE TABLE "paper"."accounts" (
  "account_id" bigint GENERATED ALWAYS AS IDENTITY (START WITH 350000001),
  "reference" varchar(200) NOT NULL,
  "label" varchar(100) NOT NULL DEFAULT '',
  "created_ms" bigint NOT NULL,
  CONSTRAINT "accounts_pkey" PRIMARY KEY ("account_id"),
  CONSTRAINT "accounts_reference_key" UNIQUE ("reference")
);

-- A key is found by the SHA-256 of its public half; its secret is derived, so this table opens nothing.
CREATE TABLE "paper"."api_keys" (
  "key_hash" bytea NOT NULL,
  "account_id" bigint NOT NULL,
  "enable_reading" boolean NOT NULL DEFAULT true,
  "enable_trading" boolean NOT NULL DEFAULT true,
  "enable_withdrawals" boolean NOT NULL DEFAULT false,
  "enable_internal_transfer" boolean NOT NULL DEFAULT false,
  "permits_universal_transfer" boolean NOT NULL DEFAULT false,
  "ip_restrict" boolean NOT NULL DEFAULT false,
  "ip_whitelist" text[] NOT NULL DEFAULT '{}',
  "trading_expires_ms" bigint,
  "expires_ms" bigint,
  "deleted_ms" bigint,
  "created_ms" bigint NOT NULL,
  CONSTRAINT "api_keys_pkey" PRIMARY KEY ("key_hash"),
  CONSTRAINT "api_keys_hash_length" CHECK (octet_length("key_hash") = 32),
  CONSTRAINT "api_keys_account_fkey" FOREIGN KEY ("account_id")
    REFERENCES "paper"."accounts" ("account_id") ON DELETE CASCADE
);

CREATE INDEX "api_keys_account_idx" ON "paper"."api_keys" ("account_id");

CREATE TABLE "paper"."balances" (
  "account_id" bigint NOT NULL,
  "account_type" varchar(20) NOT NULL,
  "asset" varchar(20) NOT NULL,
  "free" numeric(38,18) NOT NULL DEFAULT 0,
  "locked" numeric(38,18) NOT NULL DEFAULT 0,
  CONSTRAINT "balances_pkey" PRIMARY KEY ("account_id", "account_type", "asset"),
  CONSTRAINT "balances_account_type" CHECK ("account_type" IN ('spot', 'funding', 'earn_flexible', 'earn_locked')),
  CONSTRAINT "balances_free" CHECK ("free" >= 0),
  CONSTRAINT "balances_locked" CHECK ("locked" >= 0),
  CONSTRAINT "balances_account_fkey" FOREIGN KEY ("account_id")
    REFERENCES "paper"."accounts" ("account_id") ON DELETE CASCADE
);

CREATE TABLE "paper"."orders" (
  "account_id" bigint NOT NULL,
  "order_id" bigint GENERATED ALWAYS AS IDENTITY,
  "client_order_id" varchar(36) NOT NULL,
  "symbol" varchar(20) NOT NULL,
  "side" varchar(4) NOT NULL,
  "type" varchar(20) NOT NULL,
  "time_in_force" varchar(3) NOT NULL,
  "price" numeric(38,18) NOT NULL DEFAULT 0,
  "stop_price" numeric(38,18) NOT NULL DEFAULT 0,
  "orig_qty" numeric(38,18) NOT NULL,
  "orig_quote_qty" numeric(38,18) NOT NULL DEFAULT 0,
  "executed_qty" numeric(38,18) NOT NULL DEFAULT 0,
  "executed_quote_qty" numeric(38,18) NOT NULL DEFAULT 0,
  "status" varchar(20) NOT NULL,
  "hold_asset" varchar(20) NOT NULL,
  "hold_amount" numeric(38,18) NOT NULL DEFAULT 0,
  "cancel_client_order_id" varchar(36),
  "created_ms" bigint NOT NULL,
  "updated_ms" bigint NOT NULL,
  -- When the order came into the book; null while its stop price has not been reached.
  "working_ms" bigint,
  CONSTRAINT "orders_pkey" PRIMARY KEY ("account_id", "order_id"),
  CONSTRAINT "orders_side" CHECK ("side" IN ('BUY', 'SELL')),
  CONSTRAINT "orders_status" CHECK ("status" IN ('NEW', 'FILLED', 'CANCELED', 'EXPIRED')),
  CONSTRAINT "orders_type" CHECK ("type" IN ('LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT')),
  CONSTRAINT "orders_time_in_force" CHECK ("time_in_force" IN ('GTC', 'IOC', 'FOK')),
  CONSTRAINT "orders_executed" CHECK ("executed_qty" >= 0 AND ("executed_qty" <= "orig_qty")),
  CONSTRAINT "orders_hold" CHECK ("hold_amount" >= 0 AND ("status" = 'NEW' OR "hold_amount" = 0)),
  CONSTRAINT "orders_account_fkey" FOREIGN KEY ("account_id")
    REFERENCES "paper"."accounts" ("account_id") ON DELETE CASCADE
);

-- A client order id names at most one open order.
CREATE UNIQUE INDEX "orders_open_client_order_id_key"
  ON "paper"."orders" ("account_id", "symbol", "client_order_id") WHERE "status" = 'NEW';
CREATE INDEX "orders_open_idx" ON "paper"."orders" ("order_id") WHERE "status" = 'NEW';
CREATE INDEX "orders_symbol_idx" ON "paper"."orders" ("account_id", "symbol", "order_id");
CREATE INDEX "orders_client_order_id_idx" ON "paper"."orders" ("account_id", "symbol", "client_order_id");

CREATE TABLE "paper"."trades" (
  "account_id" bigint NOT NULL,
  "trade_id" bigint GENERATED ALWAYS AS IDENTITY,
  "order_id" bigint NOT NULL,
  "symbol" varchar(20) NOT NULL,
  "price" numeric(38,18) NOT NULL,
  "qty" numeric(38,18) NOT NULL,
  "quote_qty" numeric(38,18) NOT NULL,
  "commission" numeric(38,18) NOT NULL,
  "commission_asset" varchar(20) NOT NULL,
  "is_buyer" boolean NOT NULL,
  "is_maker" boolean NOT NULL,
  "traded_ms" bigint NOT NULL,
  CONSTRAINT "trades_pkey" PRIMARY KEY ("account_id", "trade_id"),
  CONSTRAINT "trades_qty" CHECK ("qty" > 0 AND "quote_qty" >= 0 AND "commission" >= 0),
  CONSTRAINT "trades_order_fkey" FOREIGN KEY ("account_id", "order_id")
    REFERENCES "paper"."orders" ("account_id", "order_id") ON DELETE CASCADE
);

CREATE INDEX "trades_symbol_idx" ON "paper"."trades" ("account_id", "symbol", "trade_id");
CREATE INDEX "trades_order_idx" ON "paper"."trades" ("account_id", "order_id");
