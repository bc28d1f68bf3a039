DROP INDEX "deals_user_created_idx";--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "positions_read_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "last_seen_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "deals_lost_idx" ON "deals" USING btree ("account_id","decided_at") WHERE status = 'rejected' and reason->>'code' = 'never_reached_broker';--> statement-breakpoint
CREATE INDEX "deals_account_created_idx" ON "deals" USING btree ("account_id","created_at","id");--> statement-breakpoint
CREATE INDEX "positions_open_idx" ON "positions" USING btree ("account_id","opened_at","deal_id") WHERE closed_at is null;