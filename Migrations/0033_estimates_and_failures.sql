-- Answers that were stopped, that broke off, or whose model's service does not count: what they took is estimated.
ALTER TABLE messages
  -- Whether its tokens are; null: they were counted, or there are none.
  ADD COLUMN usage_estimated boolean;

-- Of the tokens, those of answers whose tokens are estimated.
ALTER TABLE activity ADD COLUMN estimated_tokens bigint NOT NULL DEFAULT 0;

-- Why no vectors come by a model just now, in one sentence, and since when; null: they come.
ALTER TABLE embedding_models
  ADD COLUMN failure text,
  ADD COLUMN failing_since timestamptz;
