"""Each known format of sources by a small file of its own columns and conventions."""

import json

from ingest.records import SourceImport
from tests.ingest.conftest import ReadSources


def adds_up(read: SourceImport, accepted: int, quarantined: int, skipped: int) -> bool:
    counts = read.counts
    assert counts.read == counts.accepted + counts.quarantined + counts.skipped
    return (counts.accepted, counts.quarantined, counts.skipped) == (accepted, quarantined, skipped)


def test_e_prtr(sources_of: ReadSources) -> None:
    read = sources_of(
        "FacilityReportID,FacilityName,LatitudeMeasure,LongitudeMeasure,AnnexIActivityCode,"
        "PollutantCode,PollutantName,ReleaseMediumCode,TotalQuantity,ReportingYear\n"
        "7,Hütte,50.9,6.9,2.(e).(i),PB AND COMPOUNDS,Lead and compounds (as Pb),AIR,450,2012\n"
        "7,Hütte,50.9,6.9,2.(e).(i),HG AND COMPOUNDS,Mercury and compounds (as Hg),AIR,12.5,2014\n"
        "7,Hütte,50.9,6.9,2.(e).(i),CO2,Carbon dioxide (CO2),AIR,9e8,2014\n"
        "8,Deponie,51,7,5.(d),BENZENE,Benzene,WATER,3,2014\n"
        "9,Molkerei,52,7,8.(b),N,Total nitrogen,WATER,1,2014\n"
    )
    assert read.description["mapping"] == "e-prtr"
    assert adds_up(read, 5, 0, 0)
    works, tip, dairy = read.sources.rows(named=True)
    assert (works["name"], works["type"], works["natural_key"]) == (
        "Hütte",
        "nonferrous_smelter",
        "id:7",
    )
    assert works["contaminants"] == ["pb", "hg"]
    assert (works["operating_from"], works["operating_to"], works["rows"]) == (2012, 2014, 3)
    assert json.loads(works["releases"]) == [
        {"contaminant": "pb", "year": 2012, "medium": "AIR", "kg": 450.0},
        {"contaminant": "hg", "year": 2014, "medium": "AIR", "kg": 12.5},
    ]
    assert (tip["type"], tip["contaminants"]) == ("municipal_landfill", ["benzene"])
    assert (dairy["type"], dairy["releases"]) == ("brownfield", None)
    assert read.finding_counts["emission_unknown"] == 2


def test_tri_with_numbered_headers_that_move_by_year(sources_of: ReadSources) -> None:
    names = "YEAR|TRIFD|FACILITY NAME|LATITUDE|LONGITUDE|PRIMARY NAICS|CHEMICAL|CAS#|"
    names += "UNIT OF MEASURE|5.5.1 - LANDFILLS|ON-SITE RELEASE TOTAL"
    rows = (
        "2015,1914WORKS,OLD WORKS,40.0,-75.1,331410,LEAD COMPOUNDS,N420,Pounds,0,100\n"
        "2016,1914WORKS,NEW WORKS,40.0,-75.1,331410,MERCURY AND MERCURY COMPOUNDS,N458,Grams,0,5\n"
        "2016,1914WORKS,NEW WORKS,40.0,-75.1,331410,ODD NAME OF LEAD,007439921,Pounds,0,far\n"
        "2016,1914TIPXX,TIP,40.1,-75.2,562212,FORMIC ACID,64186,Pounds,0,7\n"
    )
    for first in (1, 30):
        header = ",".join(f"{first + i}. {name}" for i, name in enumerate(names.split("|")))
        read = sources_of(f"{header}\n{rows}")
        assert read.description["mapping"] == "tri-basic"
        assert adds_up(read, 3, 1, 0)
        works, tip = read.sources.rows(named=True)
        assert (works["name"], works["type"]) == ("NEW WORKS", "nonferrous_smelter")
        assert works["contaminants"] == ["pb", "hg"]
        assert [release["kg"] for release in json.loads(works["releases"])] == [45.359237, 0.005]
        assert (tip["type"], tip["contaminants"]) == ("municipal_landfill", [])
        assert [row.reasons[0].code for row in read.quarantined] == ["release_invalid"]


def test_register_whose_rows_are_all_ragged_is_quarantined(sources_of: ReadSources) -> None:
    names = "YEAR,TRIFD,FACILITY NAME,LATITUDE,LONGITUDE,PRIMARY NAICS,CHEMICAL,CAS#,"
    names += "UNIT OF MEASURE,5.5.1 - LANDFILLS,ON-SITE RELEASE TOTAL"
    assert adds_up(sources_of(f"{names}\n2015,WORKS,short\n"), 0, 1, 0)


def test_tri_without_names_is_told_apart_by_place(sources_of: ReadSources) -> None:
    read = sources_of(
        "YEAR,CITY,COUNTY,ST,LATITUDE,LONGITUDE,CHEMICAL,UNIT_OF_ME,TOTAL_RELE\n"
        "2016,PHILADELPHIA,PHILADELPHIA,PA,40.005901,-75.072103,TOLUENE,Pounds,0.16\n"
        "1990,PHILADELPHIA,PHILADELPHIA,PA,40.005901,-75.072103,XYLENE (MIXED ISOMERS),Pounds,2\n"
        "2016,PHILADELPHIA,PHILADELPHIA,PA,39.92012,-75.14641,LEAD,Grams,1000\n"
    )
    assert read.description["mapping"] == "tri-pasda"
    first, second = read.sources.rows(named=True)
    assert (first["name"], first["contaminants"]) == ("40.0059, -75.0721", ["xylenes", "toluene"])
    assert (first["operating_from"], first["operating_to"]) == (1990, 2016)
    assert json.loads(second["releases"])[0]["kg"] == 1.0


def test_superfund_list_with_two_rows_of_header_and_a_total(sources_of: ReadSources) -> None:
    read = sources_of(
        "Region,State,Site Name,Site ID,,EPA ID,Address,City,Zip,County,FF Ind,NAI,"
        "Native American Entity,,Latitude,Longitude,NPL Status\n"
        ",,,,,,,,,,,,(NAI Status),,,,Date\n"
        "1,CT,DURHAM MEADOWS,100108,,CTD001452093,MAIN ST,DURHAM,6422,MIDDLESEX,N,N,,,41.48111,"
        "-72.681388,10/04/89\n"
        "Total: 1,,,,,,,,,,,,,,,,\n"
    )
    assert read.description["mapping"] == "superfund-npl"
    assert adds_up(read, 1, 0, 2)
    (site,) = read.sources.rows(named=True)
    assert (site["name"], site["type"], site["natural_key"]) == (
        "DURHAM MEADOWS",
        "brownfield",
        "id:CTD001452093",
    )


def test_power_plants_that_burn_something(sources_of: ReadSources) -> None:
    header = (
        "country,country_long,name,gppd_idnr,capacity_mw,latitude,longitude,{fuel},owner,source\n"
    )
    rows = (
        "DEU,Germany,A,W1,900,51,6,Coal,X,GEODB\nDEU,Germany,A,W2,900,51,6,Gas,X,GEODB\n"
        "DEU,Germany,C,W3,10,51,7,Solar,X,GEODB\nDEU,Germany,D,W4,10,,,Oil,X,GEODB\n"
    )
    for fuel in ("primary_fuel", "fuel1"):
        read = sources_of(header.format(fuel=fuel) + rows)
        assert read.description["mapping"] == "wri-power-plants"
        assert adds_up(read, 2, 1, 1)
        assert read.sources["type"].to_list() == ["coal_power", "oil_gas_power"]
        assert read.sources["citation"].to_list() == ["GEODB", "GEODB"]


def test_michigan_pfas(sources_of: ReadSources) -> None:
    read = sources_of(
        "geoid,longitude,latitude,facility,county,address,type,military,facility_date\n"
        "26081,-85.6,43.1,Belmont,Kent County,1 House Street,Landfill,No,NA\n"
        "26039,-84.8,44.6,Camp,Crawford County,Camp Area,MIlitary,Yes,\n"
    )
    assert read.description["mapping"] == "michigan-pfas"
    assert read.sources.select("type", "contaminants").rows() == [
        ("municipal_landfill", ["pfas_sum"]),
        ("military", ["pfas_sum"]),
    ]


def test_lines_and_areas_are_sources_too(sources_of: ReadSources) -> None:
    read = sources_of(
        "name;type;geometry\nTip;open_dump;POLYGON ((155000 463000, 155100 463000, 155000 463100, "
        "155000 463000))\nLeak;railway_line;nowhere\n",
        epsg=28992,
    )
    assert adds_up(read, 1, 1, 0)
    (tip,) = read.sources.rows(named=True)
    assert tip["geometry"].startswith("POLYGON ((5.38")
    assert tip["longitude"] > 5.38
    assert tip["original_easting"].startswith("1550")
    assert read.quarantined[0].reasons[0].code == "geometry_not_understood"
