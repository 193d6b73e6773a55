-- Two roles for soil-hotspots in the database that the image has made: the owner migrates, the API
-- owns nothing and gets table rights from the migration. Run once, by a superuser, with the passwords
-- in the environment:
--   HOTSPOTS_OWNER_PASSWORD=… HOTSPOTS_API_PASSWORD=… psql --dbname hotspots --file 20-roles.sql
\set ON_ERROR_STOP on
\getenv owner_password HOTSPOTS_OWNER_PASSWORD
\getenv api_password HOTSPOTS_API_PASSWORD

CREATE EXTENSION IF NOT EXISTS postgis;
-- The PostGIS image installs these as well; nothing here uses them.
DROP EXTENSION IF EXISTS postgis_tiger_geocoder;
DROP EXTENSION IF EXISTS postgis_topology;

CREATE ROLE hotspots_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT
  PASSWORD :'owner_password';
CREATE ROLE hotspots_api LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT
  PASSWORD :'api_password' CONNECTION LIMIT 90;
-- One hostile query may not fill the disk.
ALTER ROLE hotspots_api SET temp_file_limit = '2GB';

SELECT format('ALTER DATABASE %I OWNER TO hotspots_owner', current_database()) \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
-- TEMPORARY: imports COPY through a temporary table.
SELECT format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO hotspots_api', current_database()) \gexec
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS hotspots AUTHORIZATION hotspots_owner;
-- Large objects belong to nobody's quota and are outside table rights.
REVOKE EXECUTE ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) FROM PUBLIC;
