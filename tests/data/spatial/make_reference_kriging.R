# Reference figures of R's gstat for the kriging family of spatial/interpolation.
# Run in this folder after make_reference.R:  Rscript make_reference_kriging.R
# Needs the Debian packages r-base-core, r-cran-gstat and r-cran-sp.
suppressPackageStartupMessages({ library(sp); library(gstat) })

save <- function(table, name) {
  text <- as.data.frame(lapply(table, function(column)
    if (!is.numeric(column)) column
    else ifelse(is.na(column), "nan", trimws(formatC(column, digits = 17, format = "g")))))
  write.csv(text, name, row.names = FALSE, quote = FALSE)
}

# The samples of make_reference.R, with a covariate and a variance of measurement each; formulas,
# not random generators.
samples <- read.csv("samples.csv")
i <- seq_len(nrow(samples))
cover <- function(easting, northing)
  sin((easting - 500000) / 310) + 0.4 * cos((northing - 5600000) / 230) + (northing - 5600000) / 900
add <- function(table) {
  table$cover <- cover(table$easting, table$northing)
  table$e <- (table$easting - 500000) / 1000
  table$n <- (table$northing - 5600000) / 1000
  table
}
samples$error_variance <- 0.01 + 0.15 * ((i * 0.3819660112501051) %% 1)
samples <- add(samples)
j <- seq_len(30)
targets <- add(data.frame(
  easting  = c(500000 + round(2100 * ((j * 0.3247179572447461) %% 1) - 50, 1), samples$easting[1:2]),
  northing = c(5600000 + round(1600 * ((j * 0.1802922222939474) %% 1) - 50, 1), samples$northing[1:2])))
save(samples[, c("easting", "northing", "value", "cover", "error_variance")], "kriging_samples.csv")
save(targets[, c("easting", "northing", "cover")], "kriging_targets.csv")
coordinates(samples) <- ~easting + northing
coordinates(targets) <- ~easting + northing

models <- list(spherical = vgm(0.55, "Sph", 700, 0.05),
               matern15  = vgm(0.50, "Mat", 200, 0.05, kappa = 1.5),
               nested    = vgm(0.3, "Exp", 90, 0.05, add.to = vgm(0.3, "Sph", 800)))
offsets <- expand.grid(x = c(-30, -10, 10, 30), y = c(-30, -10, 10, 30))
# gstat keeps the weights of a block's points in single precision; these it holds exactly.
nodes <- c(-0.75, -0.25, 0.25, 0.75)
shares <- c(1, 3, 3, 1) / 8
tent <- function(size) cbind(expand.grid(x = nodes * size / 2, y = nodes * size / 2),
                             weights = as.vector(outer(shares, shares)))

cases <- function(data, places, model, mean, size, quantity = "log(value)") {
  far <- 7 * size
  run <- function(case, trend, ..., with = model) {
    f <- as.formula(paste(quantity, "~", trend))
    k <- krige(f, data, places, with, ..., debug.level = 0)
    data.frame(case = case, cell = seq_len(length(places)), pred = k$var1.pred, var = k$var1.var)
  }
  nugget <- model$psill[model$model == "Nug"]
  filtered <- vgm(nugget, "Err", 0, add.to = model[model$model != "Nug", ])
  rbind(
    run("simple_all", "1", beta = mean),
    run("simple_12", "1", beta = mean, nmax = 12),
    run("linear_all", "e + n"),
    run("linear_20", "e + n", nmax = 20),
    run("quadratic_all", "e + n + I(e^2) + I(e * n) + I(n^2)"),
    run("quadratic_25", "e + n + I(e^2) + I(e * n) + I(n^2)", nmax = 25),
    run("external_all", "cover"),
    run("external_20", "cover", nmax = 20),
    run("external_two_all", "cover + e"),
    run("block_gauss_all", "1", block = c(size, size)),
    run("block_gauss_9", "1", block = c(size, size), nmax = 9),
    run("block_tent_all", "1", block = tent(size)),
    run("block_tent_12", "1", block = tent(size), nmax = 12),
    run("block_tent_linear_all", "e + n", block = tent(size)),
    run("block_tent_simple_all", "1", block = tent(size), beta = mean),
    run("block_regular_all", "1", block = offsets),
    run("filtered_all", "1", with = filtered),
    run("filtered_12", "1", with = filtered, nmax = 12),
    run("filtered_linear_all", "e + n", with = filtered),
    run("within", "1", maxdist = far / 2),
    run("within_12", "1", maxdist = far / 2, nmax = 12),
    run("within_least_4", "1", maxdist = far / 2, nmin = 4, nmax = 12),
    run("quadrants_2", "1", maxdist = 3 * far, omax = 2))
}
weighted <- function(data, places, model, trend, nmax) {
  g <- gstat(NULL, "y", as.formula(paste("log(value) ~", trend)), data, model = model,
             weights = 1 / data$error_variance, nmax = nmax)
  k <- predict(g, places, debug.level = 0)
  data.frame(case = paste0("measured_", if (trend == "1") "ordinary" else "linear", "_",
                           if (is.finite(nmax)) nmax else "all"),
             cell = seq_len(length(places)), pred = k$y.pred, var = k$y.var)
}
family <- do.call(rbind, lapply(names(models), function(name) {
  model <- models[[name]]
  rows <- rbind(cases(samples, targets, model, 4.3, 80),
                weighted(samples, targets, model, "1", Inf),
                weighted(samples, targets, model, "1", 12),
                weighted(samples, targets, model, "e + n", Inf))
  cbind(model = name, rows)
}))
save(family, "kriged_family.csv")

# Indicator kriging at four thresholds, each with its own variogram, and corrected by gstat.
thresholds <- c(25, 50, 100, 200)
indicator_models <- list(vgm(0.12, "Sph", 500, 0.03), vgm(0.18, "Sph", 600, 0.04),
                         vgm(0.16, "Exp", 200, 0.03), vgm(0.09, "Sph", 400, 0.03))
indicator <- function(order, nmax) {
  g <- NULL
  for (k in seq_along(thresholds))
    g <- gstat(g, paste0("t", k), as.formula(paste0("I(value <= ", thresholds[k], ") ~ 1")),
               samples, model = indicator_models[[k]], nmax = nmax, set = list(order = order))
  p <- as.data.frame(predict(g, targets, debug.level = 0))
  p[, paste0("t", seq_along(thresholds), ".pred")]
}
indicators <- do.call(rbind, lapply(c(0, 4), function(order) do.call(rbind, lapply(c(Inf, 10),
  function(nmax) cbind(order = order, nmax = if (is.finite(nmax)) nmax else 0,
                       cell = seq_len(length(targets)), setNames(indicator(order, nmax),
                       paste0("t", seq_along(thresholds))))))))
save(indicators, "kriged_indicators.csv")

# Meuse (package sp): every 40th cell of the grid; covariate the square root of the distance.
data(meuse); data(meuse.grid)
origin <- c(180000, 331000)
meuse$e <- (meuse$x - origin[1]) / 1000; meuse$n <- (meuse$y - origin[2]) / 1000
meuse.grid$e <- (meuse.grid$x - origin[1]) / 1000; meuse.grid$n <- (meuse.grid$y - origin[2]) / 1000
meuse$cover <- sqrt(meuse$dist); meuse.grid$cover <- sqrt(meuse.grid$dist)
chosen <- seq(1, nrow(meuse.grid), by = 40)
places <- meuse.grid[chosen, ]
coordinates(meuse) <- ~x + y; coordinates(places) <- ~x + y
on_meuse <- cases(meuse, places, vgm(0.5906, "Sph", 896.97, 0.0507), 5.9, 40, "log(zinc)")
save(cbind(on_meuse, easting = coordinates(places)[on_meuse$cell, 1],
           northing = coordinates(places)[on_meuse$cell, 2], cover = places$cover[on_meuse$cell]),
     "kriged_family_meuse.csv")
on_meuse_covariates <- data.frame(easting = coordinates(meuse)[, 1],
  northing = coordinates(meuse)[, 2], zinc = meuse$zinc, cover = meuse$cover)
save(on_meuse_covariates, "kriging_meuse.csv")

# Longitude and latitude: gstat's distance is along the ellipsoid, in kilometres.
k <- seq_len(40)
globe <- data.frame(longitude = round(-179.5 + 359 * ((k * 0.6180339887498949) %% 1), 3),
                    latitude = round(-88 + 176 * ((k * 0.7548776662466927) %% 1), 3))
globe$value <- round(sin(globe$longitude / 40) + cos(globe$latitude / 25) +
                     0.5 * ((k * 0.569840290998) %% 1), 3)
asked <- data.frame(longitude = round(-175 + 350 * ((1:15 * 0.3247179572) %% 1), 3),
                    latitude = round(-80 + 160 * ((1:15 * 0.18029222229) %% 1), 3))
on_globe <- globe; at <- asked
coordinates(on_globe) <- ~longitude + latitude; coordinates(at) <- ~longitude + latitude
proj4string(on_globe) <- CRS("+proj=longlat +datum=WGS84")
proj4string(at) <- CRS("+proj=longlat +datum=WGS84")
g <- krige(value ~ 1, on_globe, at, vgm(0.8, "Exp", 3000, 0.1), debug.level = 0)
save(globe, "kriging_globe.csv")
save(cbind(asked, pred = g$var1.pred, var = g$var1.var), "kriged_globe.csv")
