CREATE TABLE "alert_progress" (
	"feed" text NOT NULL,
	"epic" text NOT NULL,
	"epoch" bigint NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL,
	"gaps" jsonb NOT NULL,
	CONSTRAINT "alert_progress_feed_epic_pk" PRIMARY KEY("feed","epic")
);
--> statement-breakpoint
CREATE TABLE "alerts" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"feed" text,
	"epic" text,
	"account_id" text,
	"name" text NOT NULL,
	"condition" jsonb NOT NULL,
	"repeat" text NOT NULL,
	"rearm_band" numeric NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"note" text,
	"state" text NOT NULL,
	"state_at" timestamp (3) with time zone NOT NULL,
	"fired_count" integer NOT NULL,
	"last_fired_at" timestamp (3) with time zone,
	"last_value" numeric,
	"revision" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "alerts_user_idx" ON "alerts" USING btree ("user_id","created_at","id");--> statement-breakpoint
CREATE INDEX "alerts_live_feed_idx" ON "alerts" USING btree ("feed","epic") WHERE state in ('armed', 'waiting');--> statement-breakpoint
CREATE INDEX "alerts_live_account_idx" ON "alerts" USING btree ("account_id") WHERE state in ('armed', 'waiting');--> statement-breakpoint
CREATE INDEX "alerts_live_expiry_idx" ON "alerts" USING btree ("expires_at") WHERE state in ('armed', 'waiting');