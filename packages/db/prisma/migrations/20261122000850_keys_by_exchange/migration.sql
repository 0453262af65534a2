-- Which keys an exchange has, for its administrator and for the check of its foreign key.
CREATE INDEX "user_api_keys_exchange_id_idx" ON "user_api_keys"("exchange_id");
