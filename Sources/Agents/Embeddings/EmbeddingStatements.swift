import Postgres

/// What is stored of vectors. These serve every site, as the tables' owner.
enum EmbeddingStatements {
  /// What a passage `p` is known by, so that the vector of a text is not stored for another.
  private static let mark = "md5(concat_ws(E'\\x1f', p.title, p.heading, p.content))"

  /// Takes the turn for so many seconds, where nobody else has it. Answers a row then.
  static let takeTurn: PostgresStatement = """
    UPDATE embedding_turn SET holder = $1::uuid, held_until = clock_timestamp() + $2::int8 * interval '1 second'
    WHERE holder IS NOT DISTINCT FROM $1::uuid OR held_until < clock_timestamp() RETURNING 1
    """

  static let leaveTurn: PostgresStatement = """
    UPDATE embedding_turn SET held_until = '-infinity' WHERE holder = $1::uuid
    """

  /// A model by its digest, with its dimensions.
  static let model: PostgresStatement = """
    INSERT INTO embedding_models (digest, name) VALUES ($1::bytea, $2::text)
    ON CONFLICT (digest) DO UPDATE SET used_at = now() RETURNING id, dimensions
    """

  static let findModel: PostgresStatement = "SELECT id FROM embedding_models WHERE digest = $1::bytea"

  /// A model's number, why no vectors come by it, and since when.
  static let state: PostgresStatement = """
    SELECT id, failure, failing_since FROM embedding_models WHERE digest = $1::bytea
    """

  /// The service fails; or does no more, where the sentence is null.
  static let note: PostgresStatement = """
    UPDATE embedding_models
    SET failure = $2::text, failing_since = CASE WHEN $2::text IS NOT NULL THEN coalesce(failing_since, now()) END
    WHERE id = $1::int8 AND failure IS DISTINCT FROM $2::text
    """

  /// How many passages of a site there are, how many of them wait for a vector of a model, and how many it did not take.
  static let tally: PostgresStatement = """
    SELECT count(*), count(*) FILTER (WHERE v.id IS NULL), count(*) FILTER (WHERE v.id IS NOT NULL AND v.vector IS NULL)
    FROM passages p LEFT JOIN passage_vectors v
      ON v.document_id = p.document_id AND v.ordinal = p.ordinal AND v.model_id = $1::int8
    WHERE p.site_id = $2::int8
    """

  static let setDimensions: PostgresStatement = """
    UPDATE embedding_models SET dimensions = $2::int8 WHERE id = $1::int8 AND dimensions IS NULL
    """

  /// Passages that have no vector of a model yet, up to so many: their keys, marks and texts.
  static let lacking = PostgresStatement(
    """
    WITH due AS (
      SELECT k.document_id, k.ordinal FROM passages k
      WHERE NOT EXISTS (
        SELECT FROM passage_vectors v
        WHERE v.document_id = k.document_id AND v.ordinal = k.ordinal AND v.model_id = $1::int8)
      ORDER BY k.document_id, k.ordinal LIMIT $2::int8)
    SELECT p.document_id, p.ordinal, \(mark), p.title, p.heading, p.content
    FROM due u JOIN passages p ON p.document_id = u.document_id AND p.ordinal = u.ordinal
    ORDER BY p.document_id, p.ordinal
    """)

  /// How many passages there are, and how many of them have no vector of a model yet.
  static let progress: PostgresStatement = """
    SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
      SELECT FROM passage_vectors v
      WHERE v.document_id = p.document_id AND v.ordinal = p.ordinal AND v.model_id = $1::int8))
    FROM passages p
    """

  /// Stores vectors of passages that are still what they were, all numbers of all of them one behind the other, so many
  /// for each; 0: none, since the model does not take the text.
  static let store = PostgresStatement(
    """
    INSERT INTO passage_vectors (document_id, ordinal, site_id, model_id, vector)
    SELECT p.document_id, p.ordinal, p.site_id, $1::int8,
      CASE WHEN $6::int8 > 0 THEN ($5::real[])[(w.place - 1) * $6::int8 + 1 : w.place * $6::int8] END
    FROM unnest($2::int8[], $3::int8[], $4::text[]) WITH ORDINALITY w (document_id, ordinal, mark, place)
    JOIN passages p ON p.document_id = w.document_id AND p.ordinal = w.ordinal AND \(mark) = w.mark
    ORDER BY w.place
    ON CONFLICT (document_id, ordinal, model_id) DO NOTHING
    """)

  /// Removes the vectors of models that no server has used for a day.
  static let forgetModels: PostgresStatement = """
    DELETE FROM embedding_models WHERE id <> $1::int8 AND used_at < now() - interval '1 day'
    """
}
