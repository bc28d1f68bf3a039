CREATE TABLE "account_health" (
	"account_id" text PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"message" text,
	"broker_code" text
);
--> statement-breakpoint
DROP INDEX "broker_accounts_broker_key";--> statement-breakpoint
ALTER TABLE "broker_accounts" ALTER COLUMN "is_default" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "connected" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "broker_accounts" ADD COLUMN "type" text DEFAULT 'CFD' NOT NULL;--> statement-breakpoint
ALTER TABLE "broker_accounts" ADD COLUMN "disconnected_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "account_health" ADD CONSTRAINT "account_health_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
UPDATE "broker_accounts" SET "is_default" = false WHERE "is_default" AND EXISTS (SELECT 1 FROM "broker_accounts" "older" WHERE "older"."user_id" = "broker_accounts"."user_id" AND "older"."is_default" AND ("older"."created_at", "older"."id") < ("broker_accounts"."created_at", "broker_accounts"."id"));--> statement-breakpoint
CREATE UNIQUE INDEX "broker_accounts_default_key" ON "broker_accounts" USING btree ("user_id") WHERE is_default and disconnected_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "broker_accounts_broker_key" ON "broker_accounts" USING btree ("environment","broker_account_id") WHERE disconnected_at is null;