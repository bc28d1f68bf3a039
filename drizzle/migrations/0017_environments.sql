ALTER TABLE "account_health" ADD COLUMN "environment" text;--> statement-breakpoint
ALTER TABLE "account_inbox" ADD COLUMN "environment" text;--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "environment" text;--> statement-breakpoint
ALTER TABLE "account_activity" ADD COLUMN "environment" text;--> statement-breakpoint
ALTER TABLE "account_history" ADD COLUMN "environment" text;--> statement-breakpoint
ALTER TABLE "account_readings" ADD COLUMN "environment" text;--> statement-breakpoint
ALTER TABLE "account_transactions" ADD COLUMN "environment" text;--> statement-breakpoint
ALTER TABLE "positions" ADD COLUMN "environment" text;--> statement-breakpoint
ALTER TABLE "working_orders" ADD COLUMN "environment" text;--> statement-breakpoint
ALTER TABLE "dead_men" ADD COLUMN "environment" text;--> statement-breakpoint
DELETE FROM "account_inbox" WHERE NOT EXISTS (SELECT 1 FROM "broker_accounts" a WHERE a."id" = "account_inbox"."account_id");--> statement-breakpoint
UPDATE "account_health" SET "environment" = a."environment" FROM "broker_accounts" a WHERE a."id" = "account_health"."account_id";--> statement-breakpoint
UPDATE "account_inbox" SET "environment" = a."environment" FROM "broker_accounts" a WHERE a."id" = "account_inbox"."account_id";--> statement-breakpoint
UPDATE "account_risk" SET "environment" = a."environment" FROM "broker_accounts" a WHERE a."id" = "account_risk"."account_id";--> statement-breakpoint
UPDATE "account_activity" SET "environment" = a."environment" FROM "broker_accounts" a WHERE a."id" = "account_activity"."account_id";--> statement-breakpoint
UPDATE "account_history" SET "environment" = a."environment" FROM "broker_accounts" a WHERE a."id" = "account_history"."account_id";--> statement-breakpoint
UPDATE "account_readings" SET "environment" = a."environment" FROM "broker_accounts" a WHERE a."id" = "account_readings"."account_id";--> statement-breakpoint
UPDATE "account_transactions" SET "environment" = a."environment" FROM "broker_accounts" a WHERE a."id" = "account_transactions"."account_id";--> statement-breakpoint
UPDATE "positions" SET "environment" = a."environment" FROM "broker_accounts" a WHERE a."id" = "positions"."account_id";--> statement-breakpoint
UPDATE "working_orders" SET "environment" = a."environment" FROM "broker_accounts" a WHERE a."id" = "working_orders"."account_id";--> statement-breakpoint
UPDATE "dead_men" SET "environment" = a."environment" FROM "broker_accounts" a WHERE a."id" = "dead_men"."account_id";--> statement-breakpoint
ALTER TABLE "account_health" ALTER COLUMN "environment" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "account_inbox" ALTER COLUMN "environment" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "account_risk" ALTER COLUMN "environment" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "account_activity" ALTER COLUMN "environment" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "account_history" ALTER COLUMN "environment" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "account_readings" ALTER COLUMN "environment" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "account_transactions" ALTER COLUMN "environment" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "positions" ALTER COLUMN "environment" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "working_orders" ALTER COLUMN "environment" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "dead_men" ALTER COLUMN "environment" SET NOT NULL;