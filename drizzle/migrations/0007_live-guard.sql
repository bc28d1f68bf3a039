CREATE TABLE "account_days" (
	"account_id" text NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"environment" text NOT NULL,
	"time_zone" text NOT NULL,
	"equity" numeric NOT NULL,
	"equity_at" timestamp (3) with time zone NOT NULL,
	"paid_in" numeric DEFAULT '0' NOT NULL,
	"paid_out" numeric DEFAULT '0' NOT NULL,
	"gone" numeric DEFAULT '0' NOT NULL,
	"gone_after" timestamp (3) with time zone,
	"gone_by" timestamp (3) with time zone,
	CONSTRAINT "account_days_account_id_ends_at_pk" PRIMARY KEY("account_id","ends_at")
);
--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "live_dealing" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "max_size" numeric;--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "max_daily_loss" numeric;--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "day_ends_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "environment" text;--> statement-breakpoint
ALTER TABLE "account_days" ADD CONSTRAINT "account_days_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
UPDATE "notifications" SET "environment" = "broker_accounts"."environment" FROM "broker_accounts" WHERE "broker_accounts"."id" = "notifications"."account_id";
