-- The samples that an import brought; its results are gone already, and nobody else has any there.
DELETE FROM hotspots.sample WHERE import_id = :import_id
