ALTER TABLE "account_risk" ADD COLUMN "max_exposure" numeric;--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "max_orders_per_minute" integer;--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "max_orders_per_day" integer;--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "epic_limits" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "orders" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "breached_at" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "exposure" numeric;--> statement-breakpoint
CREATE INDEX "deals_unplaced_idx" ON "deals" USING btree ("account_id") WHERE status = 'accepted' and kind in ('open', 'net') and level is null;--> statement-breakpoint
CREATE INDEX "working_orders_filled_idx" ON "working_orders" USING btree ("account_id","closed_at") WHERE state = 'filled';