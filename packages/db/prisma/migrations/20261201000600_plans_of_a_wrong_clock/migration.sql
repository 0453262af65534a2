-- Finds syncs under way whose lease lies further ahead than any lease can: it was written by a clock that was ahead.
CREATE INDEX "wallets_under_way_idx" ON "wallets"("next_sync_at") WHERE "sync_status" IN ('queued', 'running');
