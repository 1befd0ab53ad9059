-- What a model has thought on its way to an answer, where its agent shows that: a list of `{"id", "text"}`, no part of the
-- answer's content.
ALTER TABLE messages ADD COLUMN reasoning jsonb;
