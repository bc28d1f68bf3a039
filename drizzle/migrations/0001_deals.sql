CREATE TABLE "account_inbox" (
	"event_id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account_risk" (
	"account_id" text PRIMARY KEY NOT NULL,
	"cash" numeric,
	"margin" numeric,
	"running_profit" numeric,
	"funds_at" timestamp (3) with time zone,
	"reserved" numeric DEFAULT '0' NOT NULL,
	"halted" boolean DEFAULT false NOT NULL,
	"halt_epoch" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "broker_accounts" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"environment" text NOT NULL,
	"broker_account_id" text NOT NULL,
	"name" text NOT NULL,
	"currency" text NOT NULL,
	"credentials" text NOT NULL,
	"is_default" boolean DEFAULT true NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notifications" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"kind" text NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"account_id" text,
	"read_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "user_event_heads" (
	"user_id" text NOT NULL,
	"stream" text NOT NULL,
	"head" bigint NOT NULL,
	CONSTRAINT "user_event_heads_user_id_stream_pk" PRIMARY KEY("user_id","stream")
);
--> statement-breakpoint
CREATE TABLE "user_events" (
	"user_id" text NOT NULL,
	"stream" text NOT NULL,
	"offset" bigint NOT NULL,
	"type" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"account_id" text,
	"environment" text,
	"data" jsonb NOT NULL,
	CONSTRAINT "user_events_user_id_stream_offset_pk" PRIMARY KEY("user_id","stream","offset")
);
--> statement-breakpoint
CREATE TABLE "deals" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"account_id" text NOT NULL,
	"environment" text NOT NULL,
	"kind" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"request_hash" text NOT NULL,
	"status" text NOT NULL,
	"reason" jsonb,
	"deal_reference" text,
	"deal_id" text,
	"epic" text NOT NULL,
	"expiry" text NOT NULL,
	"name" text NOT NULL,
	"direction" text NOT NULL,
	"size" numeric NOT NULL,
	"currency" text NOT NULL,
	"stop_level" numeric,
	"stop_distance" numeric,
	"limit_level" numeric,
	"limit_distance" numeric,
	"level" numeric,
	"profit" numeric,
	"profit_currency" text,
	"position_size" numeric,
	"position_version" integer,
	"reserved" numeric DEFAULT '0' NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"status_at" timestamp (3) with time zone NOT NULL,
	"connection_closed_at" timestamp (3) with time zone,
	"absent_reads" integer DEFAULT 0 NOT NULL,
	"decided_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "positions" (
	"account_id" text NOT NULL,
	"deal_id" text NOT NULL,
	"deal_reference" text,
	"epic" text NOT NULL,
	"expiry" text NOT NULL,
	"name" text NOT NULL,
	"direction" text NOT NULL,
	"size" numeric NOT NULL,
	"level" numeric NOT NULL,
	"currency" text NOT NULL,
	"contract_size" numeric,
	"stop_level" numeric,
	"limit_level" numeric,
	"source" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "positions_account_id_deal_id_pk" PRIMARY KEY("account_id","deal_id")
);
--> statement-breakpoint
ALTER TABLE "account_risk" ADD CONSTRAINT "account_risk_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "broker_accounts" ADD CONSTRAINT "broker_accounts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deals" ADD CONSTRAINT "deals_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "positions" ADD CONSTRAINT "positions_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "account_inbox_at_idx" ON "account_inbox" USING btree ("at");--> statement-breakpoint
CREATE UNIQUE INDEX "broker_accounts_broker_key" ON "broker_accounts" USING btree ("environment","broker_account_id");--> statement-breakpoint
CREATE INDEX "broker_accounts_user_idx" ON "broker_accounts" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "notifications_user_idx" ON "notifications" USING btree ("user_id","at","id");--> statement-breakpoint
CREATE INDEX "notifications_unread_idx" ON "notifications" USING btree ("user_id") WHERE read_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "deals_user_key" ON "deals" USING btree ("user_id","idempotency_key");--> statement-breakpoint
CREATE UNIQUE INDEX "deals_account_reference_key" ON "deals" USING btree ("account_id","deal_reference","kind");--> statement-breakpoint
CREATE INDEX "deals_undecided_idx" ON "deals" USING btree ("account_id","status","status_at");--> statement-breakpoint
CREATE INDEX "deals_waiting_idx" ON "deals" USING btree ("status_at") WHERE status in ('submitting', 'submitted', 'unknown');--> statement-breakpoint
CREATE INDEX "deals_user_created_idx" ON "deals" USING btree ("user_id","created_at","id");