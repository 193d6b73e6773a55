"""Words by which files name their columns, in the languages and systems met so far."""

from ingest.folding import squeeze

_COMMON = {
    "longitude": (
        "lon long longitude lng longitud longitudine länge laenge längengrad lengtegraad долгота "
        "经度 經度 经度(度) خط_الطول dec_long declong decimallongitude lon_dd long_dd lon_wgs84 "
        "long_wgs84 longitude_wgs84 wgs84_lon gps_long gps_lon gps_longitude th_long "
        "longitudemeasure activitylocation/longitudemeasure longitude_deg lon_deg boylam "
        "lon_dms long_dms longitude_dms lon_ddmmss longitude_ddmmss lon_dddmmss long_dddmmss "
        "longitude_dddmmss lon_dddmm longitude_dddmm"
    ),
    "latitude": (
        "lat latitude latitud latitudine breite breitengrad breedtegraad широта 纬度 緯度 "
        "خط_العرض dec_lat declat decimallatitude lat_dd lat_wgs84 latitude_wgs84 wgs84_lat "
        "gps_lat gps_latitude th_lat latitudemeasure activitylocation/latitudemeasure "
        "latitude_deg lat_deg enlem lat_dms latitude_dms lat_ddmmss latitude_ddmmss lat_ddmm "
        "latitude_ddmm"
    ),
    "coordinates": (
        "coordinates coordinate coords coord lat_lon latlon lat_long latlong lon_lat lonlat "
        "long_lat lnglat latitude_longitude longitude_latitude gps gps_coordinates gps_position "
        "position koordinaten koordinate coordonnées coordenadas координаты 坐标 经纬度 "
        "الإحداثيات إحداثيات coördinaten coordinate_gps"
    ),
    "easting": (
        "x easting east xcoord x_coord coord_x x_coordinate coordinate_x xcoordinate rd_x x_rd "
        "rechtswert ostwert utm_e utm_x utm_east utm_easting este coordenada_x coordonnee_x "
        "point_x x_utm x_m easting_m ost"
    ),
    "northing": (
        "y northing north ycoord y_coord coord_y y_coordinate coordinate_y ycoordinate rd_y y_rd "
        "hochwert nordwert utm_n utm_y utm_north utm_northing norte coordenada_y coordonnee_y "
        "point_y y_utm y_m northing_m nord"
    ),
}

# what tells the reference system of a row; "datum" alone is German for the date
_SYSTEMS = {
    "epsg": "epsg epsg_code crs_epsg srid epsg_nr coordinate_epsg original_epsg",
    "utm_zone": "utm_zone utmzone zone_utm utm_zone_number huso_utm fuso_utm zona_utm",
    "hemisphere": "hemisphere utm_hemisphere hemisferio hémisphère hemisphäre",
    "datum": (
        "horizontal_datum geodetic_datum coordinate_datum coord_datum datum_name crs_datum "
        "horizontalcoordinatereferencesystemdatumname geodätisches_datum lat_long_datum "
        "activitylocation/horizontalcoordinatereferencesystemdatumname"
    ),
}

_SAMPLES = {
    "sample_code": (
        "sample sampleid sample_code samplecode sample_name sample_no sample_number sample_nr "
        "lab_id labsampid sys_sample_code probe probe_id proben_id probennummer probennr "
        "probenbezeichnung échantillon id_échantillon code_échantillon muestra id_muestra "
        "código_muestra проба номер_пробы 样品 样品编号 样号 رقم_العينة activityidentifier "
        "specimen_code monster monsternummer"
    ),
    "site_code": (
        "site site_id siteid site_code site_name site_no station station_id station_code location "
        "location_id loc_id sys_loc_code standort standort_id ort messstelle lieu point_id point "
        "sampling_point sitio punto пункт площадка точка 点位 采样点 点位编号 الموقع plot "
        "plot_code profile_code monitoringlocationidentifier locatie meetpunt borehole"
    ),
    "date": (
        "date sample_date sampling_date date_sampled date_of_sampling datum probenahmedatum "
        "entnahmedatum date_de_prélèvement date_prélèvement fecha fecha_de_muestreo дата "
        "дата_отбора 采样日期 日期 تاريخ survey_date activitystartdate collection_date collected "
        "monsterdatum"
    ),
    "sampled_from": "sampled_from start_date date_from date_start sampling_start",
    "sampled_to": "sampled_to end_date date_to date_end sampling_end",
    "year": "year sample_year sampling_year jahr année año год 年份 年 jaar السنة",
    "depth": (
        "depth sample_depth sampling_depth depth_interval depth_range tiefe tiefenstufe "
        "entnahmetiefe profondeur profundidad глубина 深度 采样深度 العمق diepte horizon_depth"
    ),
    "depth_upper": (
        "depth_upper upper_depth depth_top top_depth depth_from depth_min min_depth start_depth "
        "upper top tiefe_von tiefe_oben von_tiefe profondeur_min profondeur_haut "
        "profundidad_superior глубина_от diepte_van bovenkant depth_start"
    ),
    "depth_lower": (
        "depth_lower lower_depth depth_bottom bottom_depth depth_to depth_max max_depth end_depth "
        "lower bottom tiefe_bis tiefe_unten bis_tiefe profondeur_max profondeur_bas "
        "profundidad_inferior глубина_до diepte_tot onderkant depth_end"
    ),
    "depth_unit": "depth_unit depth_units unit_of_depth tiefeneinheit",
    "unit": (
        "unit units einheit unité unidad единица ед_изм 单位 الوحدة eenheid result_unit "
        "unit_of_measure resultmeasure/measureunitcode result_measureunit"
    ),
    "extraction": "extraction extraction_method digestion aufschluss extractant",
    "fraction": "fraction size_fraction grain_size grain_size_fraction kornfraktion",
    "replicate": "replicate replicate_no rep duplicate_no wiederholung replica",
    "method": "method analytical_method analysis_method analytical_method_name verfahren",
    "laboratory": "laboratory lab laboratory_name labor laboratoire laboratorio laboratorium",
}

_LONG = {
    "analyte": (
        "analyte analyte_name parameter parameter_name characteristicname characteristic "
        "chemical_name chemical compound substance stoff messgröße paramètre parametro parámetro "
        "analito показатель вещество 污染物 检测项目 项目 المادة parlabel result_characteristic "
        "contaminant determinand element constituent stofnaam"
    ),
    "cas_number": "cas cas_rn cas_no cas_number casrn cas_nr cas_nummer numéro_cas",
    "value": (
        "value result result_value resultmeasurevalue result_measure resultmeasure "
        "concentration conc wert messwert ergebnis gehalt valeur résultat valor resultado "
        "значение результат 检测结果 结果 浓度 القيمة parval waarde meetwaarde measured_value"
    ),
    "qualifier": (
        "qualifier qualifiers lab_qualifier lab_qualifiers flag flags result_qualifier "
        "measurequalifiercode qualifier_code result_flag interpreted_qualifiers "
        "validator_qualifiers data_qualifier kennzeichen parvq remark remark_code limietsymbool"
    ),
    "detection_condition": (
        "resultdetectionconditiontext detection_condition detect_flag detected detect "
        "result_resultdetectioncondition"
    ),
    "uncertainty": "measurement_uncertainty result_uncertainty expanded_uncertainty parun",
    "uncertainty_unit": "uncertainty_unit unit_of_uncertainty uncertainty_units",
    "coverage_factor": "coverage_factor k_factor erweiterungsfaktor facteur_d_élargissement",
    # what only this service's own exports say is never guessed from a name
    "censoring": "",
    "original_text": "",
    "original_unit": "",
    "conversion_factor": "",
    "detection_limit": (
        "detection_limit dl lod nachweisgrenze limite_de_détection ld límite_de_detección "
        "detectionquantitationlimitmeasure/measurevalue detectielimiet предел_обнаружения 检出限"
    ),
    "method_detection_limit": "method_detection_limit mdl labdl",
    "reporting_limit": (
        "reporting_limit reporting_detection_limit rl repdl rapportagegrens report_limit "
        "reporting_level"
    ),
    "quantitation_limit": (
        "quantitation_limit quantification_limit pql loq ql bestimmungsgrenze bg lq "
        "limite_de_quantification límite_de_cuantificación 定量限"
    ),
    "limit_kind": "detectionquantitationlimittypename detection_limit_type limit_type",
    "limit_unit": (
        "detection_limit_unit limit_unit detectionquantitationlimitmeasure/measureunitcode"
    ),
    "basis": "basis weight_basis resultweightbasistext dry_wet wet_dry reporting_basis",
    "moisture": (
        "moisture percent_moisture moisture_percent water_content wassergehalt teneur_en_eau "
        "humedad влажность 含水率 vochtgehalte"
    ),
    "sample_type": (
        "sample_type sample_type_code activitytypecode sample_kind qc_type qa_type probenart"
    ),
}

_SOURCES = {
    "source_id": "source_id facility_id facilityid facility_code plant_id trifd trifid site_number",
    "geometry": "geometry geom wkt shape wkt_geometry",
    "cas_number": "cas cas_rn cas_no cas_number casrn",
    "year": "reporting_year reportingyear",
    "release": "release emission_quantity total_quantity totalquantity release_quantity",
    "release_unit": "release_unit unit_of_measure unitcode emission_unit",
    "release_medium": "release_medium releasemediumcode medium",
    "name": (
        "name facility facility_name site_name source_name works works_name nom nombre bezeichnung "
        "название 名称 الاسم naam"
    ),
    "type": "type source_type type_code category typ tipo тип 类型 النوع activity",
    "accuracy": (
        "accuracy accuracy_m positional_accuracy positional_accuracy_m position_accuracy_m "
        "uncertainty_m lagegenauigkeit précision_m"
    ),
    "contaminants": (
        "contaminants contaminant_codes contaminants_emitted emitted pollutants emissions "
        "substances schadstoffe polluants contaminantes 污染物 загрязнители"
    ),
    "operating_from": (
        "operating_from from year_from start_year opened since first_year operating_since von "
        "beginn début desde from_year"
    ),
    "operating_to": (
        "operating_to to year_to end_year closed until last_year operating_until bis ende fin "
        "hasta to_year"
    ),
    "position_source": "position_source location_source coordinate_source position_from",
    "citation": "citation source reference quelle référence referencia source_citation",
    "source_url": "source_url url link citation_url web website reference_url",
}

_AGGREGATES = {
    "area_code": (
        "area_code district_code region_code nuts nuts_code nuts_id admin_code adm1_code adm2_code "
        "area district region kreis gemeinde department municipality_code 区县 район"
    ),
    "area_name": "area_name district_name region_name municipality kreisname gemeindename",
    "n": "n count n_samples sample_count number_of_samples anzahl nombre_échantillons",
    "n_nondetect": "n_nondetect n_nondetects nondetects n_nd n_below_limit n_censored",
    "minimum": "minimum min",
    "p05": "p05 p5 q05 percentile_5",
    "p10": "p10 q10 percentile_10",
    "p25": "p25 q25 percentile_25 first_quartile",
    "p50": "p50 q50 median médiane mediana percentile_50 медиана 中位数",
    "p75": "p75 q75 percentile_75 third_quartile",
    "p90": "p90 q90 percentile_90",
    "p95": "p95 q95 percentile_95",
    "p99": "p99 q99 percentile_99",
    "maximum": "maximum max",
    "mean": "mean average mittelwert moyenne media среднее 平均值",
    "threshold": "threshold guideline guideline_value schwellenwert seuil umbral",
    "share_above": (
        "share_above exceedance_share fraction_above proportion_above percent_above share_exceeding"
    ),
    "share_lower": "share_lower ci_lower lower_ci share_low",
    "share_upper": "share_upper ci_upper upper_ci share_high",
    "geometry": "geometry geom wkt wkt_geometry",
}
_OF_SAMPLES = ("unit", "depth", "depth_upper", "depth_lower", "depth_unit")
_OF_METHODS = ("extraction", "fraction")
_OF_TIME = ("date", "year", "sampled_from", "sampled_to")
_OF_RESULTS = ("analyte", "cas_number", "detection_limit")

# names that also mean other things
_WEAK = {"x": 0.75, "y": 0.75, "top": 0.7, "bottom": 0.7, "upper": 0.7, "lower": 0.7, "point": 0.7}


def _aggregate_groups() -> tuple[dict[str, str], ...]:
    common = {name: _SAMPLES[name] for name in (*_OF_SAMPLES, *_OF_METHODS, *_OF_TIME)}
    return common, {name: _LONG[name] for name in _OF_RESULTS}, _AGGREGATES


def _index(*groups: dict[str, str]) -> dict[str, tuple[str, float]]:
    return {
        squeeze(word): (meaning, _WEAK.get(word, 0.95))
        for group in groups
        for meaning, words in group.items()
        for word in words.split()
    }


def sample_words() -> dict[str, tuple[str, float]]:
    """Return the words for columns of sample files.

    Returns
    -------
    dict of str to tuple of str and float
        Squeezed word to meaning and confidence.

    Examples
    --------
    >>> sample_words()["rechtswert"]
    ('easting', 0.95)
    """
    # an unqualified id may be a mere row number, so any better column wins over it
    return _index(_COMMON, _SYSTEMS, _SAMPLES, _LONG) | {
        "id": ("sample_code", 0.6),
        "nr": ("sample_code", 0.6),
    }


def aggregate_words() -> dict[str, tuple[str, float]]:
    """Return the words for columns of files of districts.

    Returns
    -------
    dict of str to tuple of str and float
        Squeezed word to meaning and confidence.

    Examples
    --------
    >>> aggregate_words()["median"]
    ('p50', 0.95)
    """
    return _index(*_aggregate_groups())


def boundary_words() -> dict[str, tuple[str, float]]:
    """Return the words for columns of files of boundaries.

    Returns
    -------
    dict of str to tuple of str and float
        Squeezed word to meaning and confidence.

    Examples
    --------
    >>> boundary_words()["nutsid"], boundary_words()["name"]
    (('area_code', 0.95), ('area_name', 0.9))
    """
    own = {name: _AGGREGATES[name] for name in ("area_code", "area_name", "geometry")}
    names = "name nom nombre naam namn navn nome название имя 名称 الاسم name_en name_1 shapename"
    codes = "code iso iso_code iso_3166 gid_1 hasc shapeid fid id 代码 код"
    return (
        dict.fromkeys(map(squeeze, codes.split()), ("area_code", 0.6))
        | dict.fromkeys(map(squeeze, names.split()), ("area_name", 0.9))
        | _index(own)
    )


def source_words() -> dict[str, tuple[str, float]]:
    """Return the words for columns of files with potential sources.

    Returns
    -------
    dict of str to tuple of str and float
        Squeezed word to meaning and confidence.

    Examples
    --------
    >>> source_words()["url"]
    ('source_url', 0.95)
    """
    return _index(_COMMON, _SYSTEMS, _SOURCES)


LONG_MEANINGS = tuple(_LONG)
SAMPLE_MEANINGS = (*_COMMON, *_SYSTEMS, *_SAMPLES, *_LONG, "unused")
SOURCE_MEANINGS = (*_COMMON, *_SYSTEMS, *_SOURCES, "unused")
BOUNDARY_MEANINGS = ("area_code", "area_name", "geometry", "unused")
AGGREGATE_MEANINGS = (*(name for group in _aggregate_groups() for name in group), "unused")
