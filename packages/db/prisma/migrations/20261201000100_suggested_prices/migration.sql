-- Prices are kept as what each exchange said of its own markets, not as dollars: a value in dollars is worked out
-- anew from them each time, so that no price rests on itself. What was kept until now is at most a day old and
-- is read again from the exchanges.
DROP TABLE "asset_prices";

CREATE TABLE "asset_prices" (
    "asset" VARCHAR(64) NOT NULL,
    "quote" VARCHAR(64) NOT NULL,
    "exchange_id" VARCHAR(50) NOT NULL,
    "price" DECIMAL(38,18) NOT NULL,
    "as_of" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "asset_prices_pkey" PRIMARY KEY ("asset", "quote", "exchange_id")
);

CREATE INDEX "asset_prices_exchange_id_idx" ON "asset_prices" ("exchange_id");

ALTER TABLE "asset_prices"
  ADD CONSTRAINT asset_prices_price_is_positive CHECK (price > 0 AND price <> 'NaN');

-- What another exchange says of an asset of the same name, for a balance that has no price. It counts nowhere.
ALTER TABLE "balances"
  ADD COLUMN "suggested_price" DECIMAL(38,18),
  ADD COLUMN "suggested_source" VARCHAR(100),
  ADD COLUMN "suggested_at" TIMESTAMPTZ(3),
  ADD CONSTRAINT balances_suggestion_is_whole
    CHECK (num_nonnulls(suggested_price, suggested_source, suggested_at) IN (0, 3)),
  ADD CONSTRAINT balances_suggested_price_is_positive CHECK (suggested_price > 0 AND suggested_price <> 'NaN');
