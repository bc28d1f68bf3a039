ALTER TABLE "alerts" ADD COLUMN "seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "failed_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "alerts_ended_idx" ON "alerts" USING btree ("state_at") WHERE state in ('done', 'expired');--> statement-breakpoint
CREATE INDEX "alerts_account_idx" ON "alerts" USING btree ("account_id") WHERE account_id is not null;--> statement-breakpoint
CREATE INDEX "alerts_login_feed_idx" ON "alerts" USING btree ("feed") WHERE feed like 'login\_%';--> statement-breakpoint
CREATE INDEX "deliveries_webhook_idx" ON "deliveries" USING btree ("webhook_id","created_at","id") WHERE webhook_id is not null;--> statement-breakpoint
CREATE INDEX "deliveries_unsent_idx" ON "deliveries" USING btree ("user_id","state","created_at","id") WHERE state <> 'delivered';--> statement-breakpoint
CREATE INDEX "deliveries_delivered_idx" ON "deliveries" USING btree ("user_id","channel",coalesce(ended_at, created_at)) WHERE state = 'delivered';--> statement-breakpoint
CREATE INDEX "deliveries_failed_idx" ON "deliveries" USING btree ("user_id","channel","failed_at") WHERE failed_at is not null;--> statement-breakpoint
CREATE INDEX "notifications_done_idx" ON "notifications" USING btree (greatest(read_at, archived_at)) WHERE read_at is not null or archived_at is not null;