"""Each known format of samples by a small file of its own columns and conventions."""

from datetime import date

import polars as pl
import pytest

from ingest.errors import IngestError
from ingest.records import SampleImport
from tests.ingest.conftest import DATA, ReadSamples

SHOWN = ("contaminant", "value", "censoring", "detection_limit")

WQP = (DATA / "wqp-physchem.csv").read_text(encoding="utf-8").strip()


def results(read: SampleImport, *more: str) -> list[tuple[object, ...]]:
    return read.results.select(*SHOWN, *more).rows()


def adds_up(read: SampleImport, accepted: int, quarantined: int, skipped: int) -> bool:
    counts = read.counts
    assert counts.read == counts.accepted + counts.quarantined + counts.skipped
    return (counts.accepted, counts.quarantined, counts.skipped) == (accepted, quarantined, skipped)


@pytest.mark.parametrize("spelling", ["portal", "R"])
def test_wqp(samples_of: ReadSamples, spelling: str) -> None:
    header, rows = WQP.split("\n", 1)
    if spelling == "R":
        header = header.replace("/", ".")
    read = samples_of(f"{header}\n{rows}")
    assert (read.description["mapping"], read.description["layout"]) == ("wqp-physchem", "long")
    assert adds_up(read, 6, 0, 5)
    assert results(read, "limit_kind", "replicate", "method") == [
        ("pb", 19.7, "none", None, None, None, "6010B"),
        ("hg", None, "left", 0.02, "method_detection", None, "7471A"),
        ("cd", None, "left", 0.5, "quantification", None, "6010B"),
        ("zn", None, "right", 9000.0, "unstated", None, "6010B"),
        ("as", None, "left", 0.4, "unstated", None, "6010B"),
        ("pb", 20.1, "none", None, None, "Quality Control Sample-Field Replicate", "6010B"),
    ]
    assert read.results["basis"].to_list()[:2] == ["dry", "unstated"]
    assert read.samples.select(
        "sample_code", "site_code", "depth_upper_cm", "depth_lower_cm"
    ).rows() == [
        ("A1", "S1", 0.0, 15.24),
        ("A2", "S1", 0.0, 15.24),
    ]
    assert read.samples["sampled_from"][0] == date(2009, 4, 22)
    assert {code: read.finding_counts[code] for code in ("row_filtered", "result_missing")} == {
        "row_filtered": 2,
        "result_missing": 1,
    }
    assert read.finding_counts["analyte_unknown"] == read.finding_counts["quality_control_row"] == 1


def test_wqx3(samples_of: ReadSamples) -> None:
    read = samples_of(
        "Location_Identifier,Location_Latitude,Location_Longitude,Activity_ActivityIdentifier,"
        "Activity_StartDate,Activity_Media,Result_Characteristic,Result_SampleFraction,"
        "Result_Measure,Result_MeasureUnit,Result_MeasureQualifierCode,"
        "Result_ResultDetectionCondition,DetectionLimit_TypeA,DetectionLimit_MeasureA,"
        "DetectionLimit_MeasureUnitA,ResultAnalyticalMethod_Name\n"
        "S1,36.45,-109.17,A1,2009-04-22,Soil,Lead,Total,19.7,mg/kg,,,,,,ICP\n"
        "S1,36.45,-109.17,A1,2009-04-22,Soil,Mercury,Total,,,,Below Reporting Limit,"
        "Laboratory Reporting Level,20,ug/kg,CVAA\n"
        "S1,36.45,-109.17,A1,2009-04-22,Water,Lead,Total,3,ug/l,,,,,,ICP\n"
    )
    assert read.description["mapping"] == "wqx3"
    assert adds_up(read, 2, 0, 1)
    assert results(read, "limit_kind") == [
        ("pb", 19.7, "none", None, None),
        ("hg", None, "left", 0.02, "reporting"),
    ]


EQUIS = (
    "sys_sample_code,lab_anl_method_name,analysis_date,fraction,test_type,lab_matrix_code,basis,"
    "dilution_factor,percent_moisture,cas_rn,chemical_name,result_value,result_type_code,"
    "reportable_result,detect_flag,lab_qualifiers,validator_qualifiers,interpreted_qualifiers,"
    "method_detection_limit,reporting_detection_limit,quantitation_limit,result_unit,"
    "detection_limit_unit,longitude,latitude,sample_type_code\n"
)


def test_equis(samples_of: ReadSamples) -> None:
    row = "{code},SW6010B,2009-05-01,T,initial,{matrix},{basis},1,{water},{cas},{name},{value},"
    row += "{kind},{reportable},{detect},{flags},{mdl},{rdl},{ql},mg/kg,mg/kg,5.75,50.97,{sample}\n"
    usual = {
        "code": "MW-1", "matrix": "SO", "basis": "Dry", "water": "20", "cas": "7439-92-1",
        "name": "Lead", "value": "", "kind": "TRG", "reportable": "Y", "detect": "Y",
        "flags": ",,", "mdl": "0.1", "rdl": "0.5", "ql": "1", "sample": "N",
    }  # fmt: skip
    read = samples_of(
        EQUIS
        + "".join(
            row.format(**usual | other)
            for other in (
                {"value": "40"},
                {"detect": "N", "name": "Cadmium", "cas": "7440-43-9", "flags": "U,,"},
                {"value": "8", "basis": "Wet", "name": "Zinc", "cas": "7440-66-6"},
                {"value": "3", "flags": "B,R,", "name": "Copper", "cas": "7440-50-8"},
                {"value": "4", "flags": "U,,J", "name": "Nickel", "cas": "7440-02-0"},
                {"value": "99", "kind": "SUR"},
                {"value": "41", "reportable": "N"},
                {"value": "0.4", "matrix": "WG"},
                {"value": "42", "code": "MW-1D", "sample": "FD"},
                {"value": "0.1", "code": "FB-1", "sample": "FB"},
            )
        )
    )
    assert read.description["mapping"] == "equis-testresultqc"
    assert adds_up(read, 5, 0, 5)
    assert results(read, "limit_kind", "replicate", "basis") == [
        ("pb", 40.0, "none", None, None, None, "dry"),
        ("cd", None, "left", 0.5, "reporting", None, "dry"),
        ("zn", 10.0, "none", None, None, None, "dry"),
        # the interpreted qualifier replaces the laboratory's
        ("ni", 4.0, "none", None, None, None, "dry"),
        ("pb", 42.0, "none", None, None, "FD", "dry"),
    ]
    assert read.finding_counts["result_rejected"] == 1
    assert read.finding_counts["row_filtered"] == 3
    assert read.finding_counts["quality_control_row"] == 1


def test_edf(samples_of: ReadSamples) -> None:
    read = samples_of(
        "MATRIX,LABSAMPID,ANMCODE,LOGDATE,PARLABEL,PARVAL,PARVQ,LABDL,REPDL,PARUN,UNITS,BASIS,"
        "LATITUDE,LONGITUDE,QCCODE\n"
        "SO,L1,SW6010B,05/06/2009,PB,12,=,0.1,0.5,0.2,MG/KG,D,38.5,-121.5,CS\n"
        "SO,L1,SW8260B,05/06/2009,BZ,0,ND,1,5,,UG/KG,D,38.5,-121.5,CS\n"
        "SO,L1,SW8260B,05/06/2009,BZME,3,TR,1,5,,UG/KG,W,38.5,-121.5,CS\n"
        "SO,LB,SW8260B,05/13/2009,BZ,0,ND,1,5,,UG/KG,D,38.5,-121.5,LB1\n"
        "WG,L2,SW8260B,05/13/2009,BZ,9,=,1,5,,UG/L,N,38.5,-121.5,CS\n"
    )
    assert read.description["mapping"] == "edf"
    assert results(read, "limit_kind") == [
        ("pb", 12.0, "none", None, None),
        ("benzene", None, "left", 0.005, "reporting"),
    ]
    assert read.results["uncertainty"].to_list() == [0.2, None]
    assert read.samples["sampled_from"].to_list() == [date(2009, 5, 6)]
    # per wet mass, and no moisture is given
    assert [reason.code for row in read.quarantined for reason in row.reasons] == [
        "moisture_missing"
    ]
    assert adds_up(read, 2, 1, 2)


def test_sada(samples_of: ReadSamples) -> None:
    text = (
        "analyte,easting,northing,value,depth,CAS,detect qualifier,media\n"
        "Arsenic,155000,463000,3.5,0-1 ft,7440-38-2,1,SO\n"
        "Lead,155000,463000,2,0-1 ft,7439-92-1,0,SO\n"
        "Lead,155000,463000,2,0-1 ft,7439-92-1,1,GW\n"
    )
    with pytest.raises(IngestError) as caught:
        samples_of(text)
    assert caught.value.code == "crs_unknown"
    read = samples_of(text, epsg=28992, unit="mg/kg")
    assert read.description["mapping"] == "sada"
    assert results(read) == [("as", 3.5, "none", None), ("pb", None, "left", 2.0)]
    assert read.samples["depth_lower_cm"].to_list() == [30.48]


@pytest.mark.parametrize("prefix", ["Top5_", "A_", "C_"])
def test_usgs_ds801(samples_of: ReadSamples, prefix: str) -> None:
    names = ("LabID", "Depth", "Quartz", "As", "Al", "Cd", "Pb", "C_Tot")
    lab, depth, *others = (prefix + name for name in names)
    read = samples_of(
        f"{lab},SiteID,StateID,Latitude,Longitude,CollDate,LandCover1,{depth},{','.join(others)}\n"
        "C-1,96,AL,31.3146,-87.1166,2009-02-18,Planted,0-5,,2.1,0.79,<0.1,11.7,\n"
        "N.S.,97,AL,31.4146,-87.2166,2009-02-18,Planted,N.S.,,N.S.,N.S.,N.S.,N.S.,\n"
        "N.S.,98,AL,31.5146,-87.3166,2009-02-18,Planted,N.S.,,N.S.,N.S.,N.S.,N.S.,\n"
    )
    assert read.description["mapping"] == "usgs-ds801"
    assert adds_up(read, 3, 0, 0)
    assert sorted(results(read, "original_unit")) == [
        ("al", 7900.0, "none", None, "wt. %"),
        ("as", 2.1, "none", None, "mg/kg"),
        ("cd", None, "left", 0.1, "mg/kg"),
        ("pb", 11.7, "none", None, "mg/kg"),
    ]
    assert read.samples.select(
        "site_code", "sample_code", "depth_upper_cm", "depth_lower_cm"
    ).rows() == [
        ("96", "C-1", 0.0, 5.0),
        ("97", None, None, None),
        ("98", None, None, None),
    ]


def test_older_usgs_letters_and_signs(samples_of: ReadSamples) -> None:
    text = (
        "longitude,latitude,Pb (ppm)\n-109,36,5.000N\n-109.1,36,1.000L\n-109.2,36,10000G\n"
        "-109.3,36,.0000B\n-109.4,36,-20\n-109.5,36,12\n"
    )
    read = samples_of(text)
    assert {row.row_number for row in read.quarantined} == {2, 3, 4, 5, 6}
    read = samples_of(text, format="usgs-suffix")
    assert adds_up(read, 6, 0, 0)
    assert results(read, "qualifier") == [
        ("pb", None, "left", 5.0, "N"),
        ("pb", None, "left", 1.0, "L"),
        ("pb", None, "right", 10000.0, "G"),
        ("pb", None, "left", 20.0, None),
        ("pb", 12.0, "none", None, None),
    ]


def test_ngs_is_in_nad27_and_negative_is_below(samples_of: ReadSamples) -> None:
    read = samples_of(
        "LABNO,LONGITUDE,LATITUDE,AL_ICP40,AS_ICP40,PB_ICP40,ZN_ICP40,AS_AA\n"
        "C1,-105.5,39.5,7.9,-10,23,80,4.1\n"
    )
    assert read.description["mapping"] == "usgs-ngs"
    assert sorted(results(read, "extraction"), key=str) == [
        ("al", 79000.0, "none", None, "four-acid"),
        ("as", 4.1, "none", None, "hydride AAS"),
        ("as", None, "left", 10.0, "four-acid"),
        ("pb", 23.0, "none", None, "four-acid"),
        ("zn", 80.0, "none", None, "four-acid"),
    ]
    # in Colorado NAD27 lies some 50 m from WGS 84
    assert read.samples["longitude"][0] == pytest.approx(-105.5006, abs=3e-4)
    assert read.samples["longitude"][0] != -105.5
    assert read.samples["original_epsg"][0] == 4267


def test_lucas(samples_of: ReadSamples) -> None:
    read = samples_of(
        "POINT_ID,TH_LAT,TH_LONG,GPS_LAT,GPS_LONG,SURVEY_DATE,Depth,OBS_TYPE,As,Cd,Pb\n"
        "1,50.1,8.1,50.1003,8.1004,2018-05-02,0-20 cm,1,8,0.2,8888\n"
        "2,50.2,8.2,88.888888,88.888888,2018-05-03,0-20 cm,8,5.5,<0.1,21\n"
    )
    assert read.description["mapping"] == "lucas-topsoil"
    assert read.samples.select("longitude", "latitude", "depth_lower_cm").rows() == [
        (8.1004, 50.1003, 20.0),
        (8.2, 50.2, 20.0),
    ]
    # an 8 is a content where contents stand
    assert sorted(results(read), key=str) == [
        ("as", 5.5, "none", None),
        ("as", 8.0, "none", None),
        ("cd", 0.2, "none", None),
        ("cd", None, "left", 0.1),
        ("pb", 21.0, "none", None),
    ]


def test_gemas(samples_of: ReadSamples) -> None:
    read = samples_of(
        "ID,COUNTRY,longitude,latitude,Xcoord,Ycoord,Al,As,U,V,Zr\n"
        "1,DEU,8.1,50.1,4200000,3000000,11000,7.5,0.8,25,5.1\n"
    )
    assert read.description["mapping"] == "gemas"
    assert sorted(row[:2] for row in results(read)) == [
        ("al", 11000.0),
        ("as", 7.5),
        ("u", 0.8),
        ("v", 25.0),
    ]


def test_sis_csv_warns_of_lost_limits(samples_of: ReadSamples) -> None:
    read = samples_of(
        "plot_code,longitude,latitude,sampling_date,upper,lower,Cd (mg/kg),Cu (mg/kg)\n"
        "P1,36.8,-1.3,2019-03-01,0,20,0,14.5\n"
        "P1,36.8,-1.3,2019-03-01,20,50,0.3,11\n"
        "P2,0,0,2019-03-01,0,20,0.2,12\n"
    )
    assert (read.description["mapping"], read.description["censoring"]) == ("sis-csv", "unknown")
    assert adds_up(read, 2, 1, 0)
    assert read.samples.select("site_code", "depth_upper_cm", "depth_lower_cm").rows() == [
        ("P1", 0.0, 20.0),
        ("P1", 20.0, 50.0),
    ]
    assert read.finding_counts["limits_unknown"] == 1
    assert read.finding_counts["value_zero"] == 1
    assert [row.reasons[0].code for row in read.quarantined] == ["null_island"]
    (warned,) = (remark for remark in read.findings if remark.code == "limits_unknown")
    assert "biased upwards" in warned.message


def test_logarithms_are_taken_back(samples_of: ReadSamples) -> None:
    read = samples_of(
        "sample,field_dup,lab_rep,year,sideroad,log_dist2road,log_Zn,x_epsg3338,y_epsg3338\n"
        "001PR,1,1,2001,N,2.68,0,-413585.25,1997623.40\n"
        "001PR,1,2,2001,N,2.68,-1,-413585.25,1997623.40\n"
    )
    assert read.description["mapping"] == "spmodel-moss"
    assert read.samples.height == 1
    assert read.results.select("value", "replicate", "original_text").rows() == [
        (1.0, "1-1", "0"),
        (pytest.approx(0.36787944117144233, rel=1e-15), "1-2", "-1"),
    ]
    assert read.samples["longitude"][0] == pytest.approx(-163.6, abs=0.5)


def test_a_saved_mapping_is_found_again_before_the_known_formats(samples_of: ReadSamples) -> None:
    from ingest.mapping.model import Mapping

    saved = Mapping(
        "own-gemas",
        required=("COUNTRY", "longitude", "latitude", "Xcoord", "Ycoord", "Al", "Zr"),
        columns={"Al": "contaminant:al [%]"},
        others="guess",
    )
    text = "COUNTRY,longitude,latitude,Xcoord,Ycoord,Al,Zr\nDEU,8.1,50.1,4200000,3000000,1.1,5\n"
    read = samples_of(text, saved=(saved,))
    assert read.description["mapping"] == "own-gemas"
    assert read.results["value"].to_list() == [11000.0]
    assert samples_of(text, format="own-gemas", saved=(saved,)).counts == read.counts
    assert samples_of(text, mapping=saved).results.equals(read.results)


def test_a_format_that_is_not_there_or_about_something_else(samples_of: ReadSamples) -> None:
    with pytest.raises(IngestError) as caught:
        samples_of("lon,lat,Pb (ppm)\n1,2,3\n", format="nonesuch")
    assert caught.value.code == "option_invalid"
    assert "usgs-ds801" in caught.value.message
    with pytest.raises(IngestError) as caught:
        samples_of("lon,lat,Pb (ppm)\n1,2,3\n", format="superfund-npl")
    assert caught.value.code == "format_of_other_kind"


def test_single_columns_win_over_the_format(samples_of: ReadSamples) -> None:
    text = (
        "x,y,cadmium,copper,lead,zinc,elev,dist.m,ffreq,lime\n"
        "181072,333611,11.7,85,299,1022,7,50,1,1\n"
    )
    plain = samples_of(text)
    assert plain.description["mapping"] == "meuse"
    assert plain.results.height == 4
    read = samples_of(text, columns={"zinc": "unused", "lead": "contaminant:pb [g/kg]"})
    assert dict(zip(read.results["contaminant"], read.results["value"], strict=True)) == {
        "cd": 11.7,
        "cu": 85.0,
        "pb": 299_000.0,
    }


def test_unknown_long_files_are_guessed_in_several_languages(samples_of: ReadSamples) -> None:
    read = samples_of(
        "Probe;Länge;Breite;Parameter;Messwert;Einheit;Bestimmungsgrenze\n"
        "P1;8,1;50,1;Blei;12,5;mg/kg TM;1\n"
        "P1;8,1;50,1;Cadmium;n.n.;mg/kg TM;0,1\n"
        "P1;8,1;50,1;Trockensubstanz;88;%;\n"
    )
    assert (read.description["mapping"], read.description["layout"]) == ("none", "long")
    assert results(read, "limit_kind", "basis") == [
        ("pb", 12.5, "none", None, None, "dry"),
        ("cd", None, "left", 0.1, "quantification", "dry"),
    ]
    assert adds_up(read, 2, 0, 1)
    guesses = {guess.meaning: (guess.confidence, guess.reason) for guess in read.columns}
    assert guesses["analyte"] == (0.95, 'named "Parameter"')


def test_a_column_of_names_is_the_analyte_whatever_it_is_called(samples_of: ReadSamples) -> None:
    read = samples_of(
        "lon,lat,what,result,unit\n8,50,Lead,1,ppm\n8,50,Zinc,2,ppm\n8,50,pH,6,-\n8,51,Hg,3,ppb\n"
        "8,51,As,3,ppb\n"
    )
    assert [row[:2] for row in results(read)] == [
        ("pb", 1.0), ("zn", 2.0), ("hg", 0.003), ("as", 0.003),
    ]  # fmt: skip
    (analyte,) = (guess for guess in read.columns if guess.meaning == "analyte")
    assert (analyte.confidence, analyte.reason) == (0.7, "4 of 5 names in it are contaminants")


def test_units_in_the_names_of_value_and_limit(samples_of: ReadSamples) -> None:
    text = "lon,lat,analyte,value (mg/kg),MDL (µg/kg)\n8,50,Pb,12,\n8,51,Cd,ND,50\n"
    read = samples_of(text)
    assert results(read, "original_unit") == [
        ("pb", 12.0, "none", None, "mg/kg"),
        ("cd", None, "left", 0.05, "µg/kg"),
    ]
    with pytest.raises(IngestError) as caught:
        samples_of(text.replace("lon,", "RL,lon,").replace("\n8", "\n1,8"))
    assert caught.value.code == "limit_units_differ"


def test_a_long_mapping_without_value_is_refused(samples_of: ReadSamples) -> None:
    from ingest.mapping.model import Mapping

    with pytest.raises(IngestError) as caught:
        samples_of("lon,lat,name\n1,2,Pb\n", mapping=Mapping("own", layout="long"))
    assert caught.value.code == "long_columns_missing"


def test_rows_of_one_sample_are_one_sample(samples_of: ReadSamples) -> None:
    read = samples_of(
        "site,lon,lat,analyte,value,unit\nA,8,50,Pb,1,ppm\nA,8,50,Zn,2,ppm\nB,8,51,Pb,3,ppm\n"
    )
    assert read.samples["row_number"].to_list() == [2, 4]
    assert read.results.select("row_number", "sample_row").rows() == [(2, 2), (3, 2), (4, 4)]
    assert isinstance(read.results, pl.DataFrame)
