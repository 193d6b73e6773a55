# Reference figures of R's gstat on a second real set: ln copper at 960 sites of Colorado (USGS Data
# Series 520, public domain). Run in this folder with the file of samples as argument:
#   Rscript make_reference_colorado.R …/colorado.csv
# Needs the Debian packages r-base-core, r-cran-gstat and r-cran-sp. The samples are read beside the
# checkout by the test; only the figures are kept here.
suppressPackageStartupMessages({ library(sp); library(gstat) })

save <- function(table, name) {
  text <- as.data.frame(lapply(table, function(column)
    if (!is.numeric(column)) column
    else ifelse(is.na(column), "nan", trimws(formatC(column, digits = 17, format = "g")))))
  write.csv(text, name, row.names = FALSE, quote = FALSE)
}
cover <- function(east, north) sin((east - 450000) / 90000) + 0.4 * cos((north - 4300000) / 70000)
add <- function(table) {
  table$cover <- cover(table$easting, table$northing)
  table$e <- (table$easting - 450000) / 100000
  table$n <- (table$northing - 4300000) / 100000
  table
}
samples <- add(read.csv(commandArgs(trailingOnly = TRUE)[1])[, c("easting", "northing", "Cu")])
j <- seq_len(25)
targets <- add(data.frame(
  easting  = 160000 + round(590000 * ((j * 0.3247179572447461) %% 1)),
  northing = 4100000 + round(440000 * ((j * 0.1802922222939474) %% 1))))
coordinates(samples) <- ~easting + northing
coordinates(targets) <- ~easting + northing

model <- vgm(0.2, "Exp", 40000, 0.15)
filtered <- vgm(0.15, "Err", 0, add.to = vgm(0.2, "Exp", 40000))
anisotropic <- vgm(0.2, "Sph", 120000, 0.15, anis = c(60, 0.5))
nodes <- c(-0.75, -0.25, 0.25, 0.75)
shares <- c(1, 3, 3, 1) / 8
tent <- cbind(expand.grid(x = nodes * 5000, y = nodes * 5000), weights = as.vector(outer(shares, shares)))
run <- function(case, trend, ..., with = model, what = "log(Cu)") {
  k <- krige(as.formula(paste(what, "~", trend)), samples, targets, with, ..., debug.level = 0)
  data.frame(case = case, easting = coordinates(targets)[, 1], northing = coordinates(targets)[, 2],
             cover = targets$cover, pred = k$var1.pred, var = k$var1.var)
}
weighted <- idw(Cu ~ 1, samples, targets, nmax = 12, idp = 2, debug.level = 0)
kriged <- rbind(
  run("ordinary_all", "1"), run("ordinary_12", "1", nmax = 12),
  run("simple_12", "1", nmax = 12, beta = 2.7),
  run("linear_all", "e + n"), run("linear_20", "e + n", nmax = 20),
  run("external_all", "cover"), run("external_20", "cover", nmax = 20),
  run("block_tent_12", "1", block = tent, nmax = 12),
  run("filtered_12", "1", nmax = 12, with = filtered),
  run("quadrants_3", "1", maxdist = 60000, omax = 3),
  run("anisotropic_all", "1", with = anisotropic),
  run("indicator_12", "1", nmax = 12, with = vgm(0.15, "Exp", 40000, 0.1), what = "I(Cu <= 20)"),
  data.frame(case = "inverse_distance_12", easting = coordinates(targets)[, 1],
             northing = coordinates(targets)[, 2], cover = targets$cover,
             pred = weighted$var1.pred, var = NA))
save(kriged, "colorado_kriged.csv")
out <- function(case, ...) {
  k <- krige.cv(log(Cu) ~ 1, samples, model, ..., verbose = FALSE, debug.level = 0)
  data.frame(case = case, sample = seq_len(nrow(k)), pred = k$var1.pred, var = k$var1.var)[seq(1, 960, 8), ]
}
save(rbind(out("all"), out("12", nmax = 12)), "colorado_left_out.csv")
lines <- function(case, ...) {
  v <- variogram(log(Cu) ~ 1, samples, cutoff = 200000, width = 20000, ...)
  data.frame(case = case, np = v$np, dist = v$dist, gamma = v$gamma)
}
save(rbind(lines("matheron"), lines("cressie_hawkins", cressie = TRUE),
           lines("direction_30", alpha = 30, tol.hor = 22.5)), "colorado_variograms.csv")
