CREATE TABLE "working_orders" (
	"account_id" text NOT NULL,
	"deal_id" text NOT NULL,
	"deal_reference" text,
	"epic" text NOT NULL,
	"expiry" text NOT NULL,
	"name" text NOT NULL,
	"direction" text NOT NULL,
	"size" numeric NOT NULL,
	"type" text NOT NULL,
	"level" numeric NOT NULL,
	"good_till_at" timestamp (3) with time zone,
	"currency" text NOT NULL,
	"stop_distance" numeric,
	"limit_distance" numeric,
	"source" text NOT NULL,
	"state" text NOT NULL,
	"placed_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"last_seen_at" timestamp (3) with time zone,
	CONSTRAINT "working_orders_account_id_deal_id_pk" PRIMARY KEY("account_id","deal_id")
);
--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "order_type" text;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "order_level" numeric;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "good_till_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "working_orders" ADD CONSTRAINT "working_orders_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "working_orders_open_idx" ON "working_orders" USING btree ("account_id","placed_at","deal_id") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "working_orders_gone_idx" ON "working_orders" USING btree ("account_id") WHERE state = 'gone';