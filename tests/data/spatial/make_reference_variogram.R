# Reference figures of R's gstat for robust and directional variograms, weights, nested models and
# anisotropy. Run in this folder after make_reference.R:  Rscript make_reference_variogram.R
# Needs the Debian packages r-base-core, r-cran-gstat and r-cran-sp.
suppressPackageStartupMessages({ library(sp); library(gstat) })

# Written with 17 digits, so that every double comes back as it was.
save <- function(table, name) {
  text <- as.data.frame(lapply(table, function(column)
    if (is.numeric(column)) trimws(formatC(column, digits = 17, format = "g")) else column))
  write.csv(text, name, row.names = FALSE, quote = FALSE)
}

samples <- read.csv("samples.csv")
samples$log <- log(samples$value)
targets <- unique(read.csv("kriged.csv")[, c("easting", "northing")])
coordinates(samples) <- ~easting + northing
coordinates(targets) <- ~easting + northing
data(meuse)
meuse$log <- log(meuse$zinc)
coordinates(meuse) <- ~x + y

# Variograms: 0 degrees is north, clockwise; a pair belongs where it is within the tolerance.
curves <- list()
add <- function(set, data, estimator, azimuth, tolerance) {
  v <- if (is.na(azimuth)) variogram(log ~ 1, data, cressie = estimator == "cressie_hawkins") else
    variogram(log ~ 1, data, cressie = estimator == "cressie_hawkins", alpha = azimuth,
              tol.hor = tolerance)
  curves[[length(curves) + 1]] <<- data.frame(set = set, estimator = estimator,
    azimuth = if (is.na(azimuth)) -1 else azimuth, tolerance = tolerance,
    np = v$np, dist = v$dist, gamma = v$gamma)
}
for (set in c("samples", "meuse")) {
  data <- if (set == "samples") samples else meuse
  add(set, data, "cressie_hawkins", NA, 90)
  for (azimuth in c(0, 45, 90, 135)) {
    add(set, data, "matheron", azimuth, 22.5)
    add(set, data, "cressie_hawkins", azimuth, 22.5)
  }
  add(set, data, "matheron", 30, 10)
}
save(do.call(rbind, curves), "variograms_other.csv")

# Fits. With fit.method 2 the weights N/gamma^2 are those of the model a call starts from, so calls
# are repeated until nothing changes.
settle <- function(v, start, method) {
  f <- suppressWarnings(fit.variogram(v, start, fit.method = method))
  for (again in 1:300) f <- suppressWarnings(fit.variogram(v, f, fit.method = method))
  f
}
row <- function(set, kind, f) data.frame(set = set, kind = kind, nugget = f$psill[1],
  psill_1 = f$psill[2], scale_1 = f$range[2],
  psill_2 = if (nrow(f) > 2) f$psill[3] else 0, scale_2 = if (nrow(f) > 2) f$range[3] else 0,
  squares = attr(f, "SSErr"))
fits <- list()
for (set in c("samples", "meuse")) {
  data <- if (set == "samples") samples else meuse
  v <- variogram(log ~ 1, data)
  long <- if (set == "samples") 700 else 900
  fits <- c(fits, list(
    row(set, "spherical", settle(v, vgm(0.5, "Sph", long, 0.1), 2)),
    row(set, "exponential", settle(v, vgm(0.5, "Exp", long / 3, 0.1), 2)),
    row(set, "spherical+spherical",
        settle(v, vgm(0.3, "Sph", long * 1.1, add.to = vgm(0.2, "Sph", long / 3, 0.05)), 7))))
}
save(do.call(rbind, fits), "fits_other.csv")

# Kriging with anisotropy c(azimuth of the longest range, shortest over longest range); the twelve
# neighbours are the nearest on the ground.
models <- list(
  spherical = vgm(0.55, "Sph", 700, 0.05, anis = c(30, 0.4)),
  nested = vgm(0.35, "Exp", 300, anis = c(120, 0.25),
               add.to = vgm(0.2, "Sph", 500, 0.03, anis = c(120, 0.25))))
kriged <- do.call(rbind, lapply(names(models), function(name) {
  all <- krige(log ~ 1, samples, targets, models[[name]], debug.level = 0)
  near <- krige(log ~ 1, samples, targets, models[[name]], nmax = 12, debug.level = 0)
  data.frame(model = name, easting = coordinates(targets)[, 1],
             northing = coordinates(targets)[, 2],
             all_pred = all$var1.pred, all_var = all$var1.var,
             near_pred = near$var1.pred, near_var = near$var1.var)
}))
save(kriged, "kriged_anisotropic.csv")

# Values of the models themselves at separations (east, north).
separations <- expand.grid(east = c(-310, -40, 0, 75, 420), north = c(-250, 0, 20, 333))
separations <- separations[separations$east != 0 | separations$north != 0, ]
values <- do.call(rbind, lapply(names(models), function(name) data.frame(
  model = name, east = separations$east, north = separations$north,
  semivariance = sapply(seq_len(nrow(separations)), function(i) variogramLine(models[[name]],
    dir = c(separations$east[i], separations$north[i], 0) /
      sqrt(separations$east[i]^2 + separations$north[i]^2),
    dist_vector = sqrt(separations$east[i]^2 + separations$north[i]^2))$gamma))))
save(values, "semivariances_anisotropic.csv")

left_out <- krige.cv(log ~ 1, samples, models$spherical, verbose = FALSE)
save(data.frame(pred = left_out$var1.pred, var = left_out$var1.var), "left_out_anisotropic.csv")
