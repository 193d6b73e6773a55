-- How the results of an import were told; they are gone already.
DELETE FROM hotspots.manner WHERE import_id = :import_id
