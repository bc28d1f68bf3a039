CREATE TABLE "account_activity" (
	"account_id" text NOT NULL,
	"id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"deal_id" text NOT NULL,
	"deal_reference" text,
	"epic" text,
	"name" text,
	"status" text NOT NULL,
	"channel" text,
	"through_api" boolean NOT NULL,
	"description" text,
	"changes" jsonb NOT NULL,
	"direction" text,
	"size" numeric,
	"level" numeric,
	"stop_level" numeric,
	"limit_level" numeric,
	"currency" text,
	CONSTRAINT "account_activity_account_id_id_pk" PRIMARY KEY("account_id","id")
);
--> statement-breakpoint
CREATE TABLE "account_history" (
	"account_id" text NOT NULL,
	"kind" text NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"read_until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "account_history_account_id_kind_pk" PRIMARY KEY("account_id","kind")
);
--> statement-breakpoint
CREATE TABLE "account_readings" (
	"account_id" text PRIMARY KEY NOT NULL,
	"read_at" timestamp (3) with time zone NOT NULL,
	"agreed_at" timestamp (3) with time zone,
	"our_cash" numeric,
	"broker_cash" numeric,
	"differences" jsonb NOT NULL,
	"unsettled" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account_transactions" (
	"account_id" text NOT NULL,
	"id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"type" text NOT NULL,
	"broker_type" text NOT NULL,
	"reference" text NOT NULL,
	"name" text NOT NULL,
	"amount" numeric NOT NULL,
	"currency" text,
	"direction" text,
	"size" numeric,
	"open_level" numeric,
	"close_level" numeric,
	"opened_at" timestamp (3) with time zone,
	CONSTRAINT "account_transactions_account_id_id_pk" PRIMARY KEY("account_id","id")
);
--> statement-breakpoint
CREATE TABLE "breaks" (
	"id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"environment" text NOT NULL,
	"kind" text NOT NULL,
	"broker_deal_id" text,
	"deal_id" text,
	"difference" text NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"resolved_at" timestamp (3) with time zone,
	"resolution" text
);
--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "sent_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "answered_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "account_activity" ADD CONSTRAINT "account_activity_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_history" ADD CONSTRAINT "account_history_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_readings" ADD CONSTRAINT "account_readings_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_transactions" ADD CONSTRAINT "account_transactions_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "breaks" ADD CONSTRAINT "breaks_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "account_activity_at_idx" ON "account_activity" USING btree ("account_id","at","id");--> statement-breakpoint
CREATE INDEX "account_transactions_at_idx" ON "account_transactions" USING btree ("account_id","at","id");--> statement-breakpoint
CREATE INDEX "breaks_account_idx" ON "breaks" USING btree ("account_id","opened_at","id");--> statement-breakpoint
CREATE INDEX "breaks_open_idx" ON "breaks" USING btree ("account_id") WHERE resolved_at is null;--> statement-breakpoint
CREATE INDEX "deals_account_epic_idx" ON "deals" USING btree ("account_id","epic","created_at","id");